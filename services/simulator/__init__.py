"""Strict stand-ins for Meta's Graph API and for OpenAI, with a phone to write from. For tests and demonstrations."""
