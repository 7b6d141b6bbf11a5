"""Ways into the bot, a thin file a channel."""
