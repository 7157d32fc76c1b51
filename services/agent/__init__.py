"""The agent: answers each turn with the model and the client's tools, and repeats nothing after a crash."""
