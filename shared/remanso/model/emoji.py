"""Which texts are nothing but emoji."""

import emoji


def is_emoji(sign: str) -> bool:
    """Whether this is exactly one emoji, whatever it is joined of (a family, a flag, a skin tone)."""
    return len(emoji.emoji_list(sign)) == 1 and emoji.purely_emoji(sign)


def only_emoji(text: str) -> bool:
    """Whether there is something to see and all of it, blanks aside, is emoji. A digit is none, a keycap is."""
    signs = "".join(text.split())
    return bool(signs) and emoji.purely_emoji(signs)  # of no signs at all the library says yes
