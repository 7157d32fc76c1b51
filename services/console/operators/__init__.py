"""All clients in one panel, for operators: health, dead letters, parked numbers, doubts, what went wrong."""
