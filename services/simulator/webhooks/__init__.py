"""Webhooks on their way to the business: body, signature, tries."""
