"""What emoji get from the bot: the client's policy for those that are written and those put on a message. Pure."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from remanso.model.content import Content, Reaction, opens_burst
from remanso.model.emoji import bare, emoji_in, is_emoji
from remanso.plugin.section import Section

EmojiPolicy = Literal["ignore", "react", "text", "model"]

_BY_WEIGHT: tuple[EmojiPolicy, ...] = ("ignore", "react", "text", "model")


class Emoji(Section):
    """What emoji without a word get: nothing, a reaction with `emoji`, the text `emoji`, or the model."""

    policy: EmojiPolicy = "model"
    """For a burst of written emoji."""
    reactions: EmojiPolicy = "ignore"
    """For a reaction put on a message. Ignored, it is stored, shown, and told the model with the next message."""
    signs: dict[str, EmojiPolicy] = Field(default_factory=dict)
    """What certain emoji get instead, written or put on a message, whatever their skin tone."""
    emoji: Annotated[str, Field(min_length=1)] = "👍"

    @field_validator("emoji")
    @classmethod
    def _one_emoji(cls, sign: str) -> str:
        if not is_emoji(sign):
            raise ValueError("expected one emoji")
        return sign

    @field_validator("signs")
    @classmethod
    def _known_by_their_bare_form(cls, signs: dict[str, EmojiPolicy]) -> dict[str, EmojiPolicy]:
        if not all(map(is_emoji, signs)):
            raise ValueError("expected one emoji before each `=`")
        return {bare(sign): policy for sign, policy in signs.items()}

    @property
    def policies(self) -> frozenset[EmojiPolicy]:
        """All that may come to be followed."""
        return frozenset((self.policy, self.reactions, *self.signs.values()))

    def for_text(self, text: str) -> EmojiPolicy:
        """Of several emoji the one counts that asks for most."""
        return heaviest([self.signs.get(bare(sign), self.policy) for sign in emoji_in(text)])

    def for_reaction(self, reaction: Reaction) -> EmojiPolicy:
        """One that was taken back gets nothing."""
        return "ignore" if reaction.emoji is None else self.signs.get(bare(reaction.emoji), self.reactions)

    def wants_answer(self, content: Content) -> bool:
        """Whether this content opens a burst by itself."""
        return opens_burst(content) or (isinstance(content, Reaction) and self.for_reaction(content) != "ignore")


def heaviest(policies: list[EmojiPolicy]) -> EmojiPolicy:
    return max(policies, key=_BY_WEIGHT.index, default="ignore")
