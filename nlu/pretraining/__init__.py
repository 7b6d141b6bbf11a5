"""Self-supervised pre-training of the encoder: prepare, train, evaluate, export."""
