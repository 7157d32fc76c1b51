"""Meta's side of a client: token, number, webhook, templates."""
