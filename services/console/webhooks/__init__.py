"""Webhooks: a client's own systems are told what happens, signed, in order, until it arrived."""
