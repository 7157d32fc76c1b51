"""A strict stand-in for OpenAI: it refuses what OpenAI refuses and answers from a script or by rules.

A request's way: `api` (key, faults, record) → `chat` or `responses` (read the wire shape, refuse) →
`script` or `brain` (decide the reply) → `chat` or `responses` again (write the wire shape).
"""
