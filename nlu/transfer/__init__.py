"""Transfer of a pre-trained encoder to a task: devices, splits, training, runs and what is published of them."""
