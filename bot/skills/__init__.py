"""Company-specific skills: a repair that is wished for, the state of an order. Plain Python; Rasa calls them in `bot/actions`."""
