"""Who has the word: taking a conversation over, keeping it, handing it back, closing it."""
