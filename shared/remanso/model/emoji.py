"""Which texts are nothing but emoji."""

import emoji


def is_emoji(sign: str) -> bool:
    """Whether this is exactly one emoji, whatever it is joined of (a family, a flag, a skin tone)."""
    return len(emoji.emoji_list(sign)) == 1 and emoji.purely_emoji(sign)


def only_emoji(text: str) -> bool:
    """Whether there is something to see and all of it, blanks aside, is emoji. A digit is none, a keycap is."""
    signs = "".join(text.split())
    return bool(signs) and emoji.purely_emoji(signs)  # of no signs at all the library says yes


def emoji_in(text: str) -> list[str]:
    """The emoji of a text, each as often as it stands there."""
    return [found["emoji"] for found in emoji.emoji_list(text)]


def bare(sign: str) -> str:
    """An emoji without skin tone and without the sign that asks for colour: ❤️ and ❤, 👍🏽 and 👍 are the same."""
    return "".join(char for char in sign if char != "\ufe0f" and not "\U0001f3fb" <= char <= "\U0001f3ff")
