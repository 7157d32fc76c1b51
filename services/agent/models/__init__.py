"""The model port: the only place that knows the openai library (3.x). It speaks the words of `services.agent.asking`.

A question's way: `port` (the client's profile, then its fallback) → `pairing` and `window` (may it be asked at all?) →
`retrying` and `breaker` (may it be asked now?) → `endpoints` (one attempt under a total time limit) → `chat` or
`responses` (the body, the answer). `trouble` says what a failure means, `usage` and `cost` what an answer cost.
"""
