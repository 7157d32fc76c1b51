"""Grounding: nothing that can be checked is said unless something shown to the model says so. Pure.

`evidence` reads what may be said, `reading` what a text claims, `pairing` whom each claim is about, `check` compares.
"""
