"""Korean text, word vectors, the encoder and what is transferred from it. Imports nothing of Rasa."""
