"""Learning to search: sentence vectors by contrast, weights of the channels, and the confidence."""
