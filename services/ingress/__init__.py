"""The ingress: takes Meta's webhooks, and says yes only to what the bus has confirmed."""
