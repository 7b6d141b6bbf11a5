"""The player of scripted conversations lies in `bot.scripted`, so that a company can play its own (`daedap test`)."""

from bot.scripted import Script, Turn, check, message_of, play, read_script, tables_of

__all__ = ["Script", "Turn", "check", "message_of", "play", "read_script", "tables_of"]
