"""Files that contacts send, as a model can have them: sound as words, pictures as pictures, the rest by name.

`opening` does it before a model is asked; `choice`, `sound` and `pictures` are its pure parts, `senses` its tools.
"""
