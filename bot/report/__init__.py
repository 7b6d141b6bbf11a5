"""The loop back: what customers asked that nobody could answer, and how the bot did, for those who keep it."""
