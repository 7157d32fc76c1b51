"""Meta's Graph API for WhatsApp: rules, state, faults, and the HTTP in front of them."""
