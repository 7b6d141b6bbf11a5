"""Machine reading comprehension: examples, training, span decoding, metrics, export and the served reader."""
