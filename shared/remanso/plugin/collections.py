"""Collections: what a client offers (courses, rooms, opening times), typed by the client and kept in PostgreSQL.

    class Course(Item):
        slug: str
        name: str
        price: Decimal

    collections = (Collection(Course, name="courses", key="slug", title="name", search=("name",)),)

The rows are seeded from the client's folder and edited by people; what is said here is how they read.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from remanso.errors import ConfigurationError

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")  # it stands in rows, in a file's name and later in an address


class Item(BaseModel):
    """One item of a collection. An inactive one is kept, but no tool finds it unless it asks.

    Keys that the model does not know are left alone: an older agent reads what a newer one wrote.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    active: bool = True

    def facts(self) -> Mapping[str, Any]:
        """What may be said about it: every field but `active`. Override to keep something back."""
        return {name: getattr(self, name) for name in type(self).model_fields if name != "active"}


ItemT = TypeVar("ItemT", bound=Item)


@dataclass(frozen=True)
class Collection(Generic[ItemT]):
    """A client's collection of items of one model.

    `name` files the rows and never changes; `key` is the text field that tells items apart; `title` the field that
    names an item to people; `search` the fields a search looks into, the weightiest first; `label` what people call
    the whole collection. `preview` gives the text that contacts get about an item, in a language (`es`, `en`): people
    who edit it in the console see it beside the form.

    Raises ConfigurationError when a field named here is none of the model's.
    """

    model: type[ItemT]
    name: str
    key: str
    title: str
    search: tuple[str, ...] = ()
    label: str = ""
    preview: Callable[[ItemT, str], str] | None = None

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ConfigurationError(f"collection {self.name}: {'; '.join(problems)}")

    def key_of(self, item: ItemT) -> str:
        return str(getattr(item, self.key))

    def title_of(self, item: ItemT) -> str:
        return str(getattr(item, self.title))

    def _problems(self) -> Iterable[str]:
        if not _NAME.match(self.name):
            yield "its name must be small letters, digits and `_`"
        if not (isinstance(self.model, type) and issubclass(self.model, Item)):
            yield "its model is no subclass of Item"
            return
        fields = self.model.model_fields
        yield from (f"{self.model.__name__} has no field `{name}`" for name in self._named if name not in fields)
        if self.key in fields and fields[self.key].annotation is not str:
            yield f"its key `{self.key}` must be a text"

    @property
    def _named(self) -> tuple[str, ...]:
        return (self.key, self.title, *self.search)
