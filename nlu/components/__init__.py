"""Rasa graph components over the plain Python of `nlu`, a class a file."""
