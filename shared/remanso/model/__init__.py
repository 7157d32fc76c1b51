"""The nouns of Remanso: plain, frozen values without any input or output."""
