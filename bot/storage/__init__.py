"""The bot's one database: its tables, how it is opened and upgraded, what is kept while it is away, who is forgotten."""
