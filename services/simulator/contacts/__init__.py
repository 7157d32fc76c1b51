"""The made-up people: what they can say, their phones, and webhooks a test wrote in their name."""
