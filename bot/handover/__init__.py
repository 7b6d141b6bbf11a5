"""A conversation in human hands: the queue, its office hours, what agents and customers say, the company's webhook."""
