"""What a conversation remembers, and how a message that leans on it becomes a whole question. Knows nothing of Rasa."""
