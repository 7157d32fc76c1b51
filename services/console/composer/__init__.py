"""What a person says: to the contact, while they hold the conversation, or to their colleagues."""
