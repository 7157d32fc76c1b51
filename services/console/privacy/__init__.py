"""What is held about a contact, for those who answer for it: the archive, and forgetting."""
