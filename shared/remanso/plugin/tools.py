"""Tools: typed async functions that the model may call.

    @tool(effect="read")
    async def search_courses(ctx: ToolContext, query: str, limit: int | None = None) -> dict[str, object]:
        '''Looks courses up by topic.

        Args:
            query: what the person wants to learn, in their words.
            limit: how many to give at most.
        '''

The JSON schema comes from the signature, every description from the docstring.
"""

import dataclasses
import inspect
import json
import re
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from remanso.errors import BadInput, ConfigurationError
from remanso.model.turn import Effect
from remanso.plugin.context import ToolContext
from remanso.plugin.docstring import Docs, read_docstring
from remanso.plugin.schema import Schema, strict

_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")  # what OpenAI takes for a function


@dataclass(frozen=True)
class Verbatim:
    """A result that goes to the contact as it is: the model reads only `note` and cannot embroider `text`."""

    text: str
    note: str


Returned: TypeAlias = Mapping[str, Any] | BaseModel | str | Verbatim
ToolFunction: TypeAlias = Callable[..., Awaitable[Returned]]


@dataclass(frozen=True)
class ToolResult:
    """`content` is what the model reads; `verbatim`, if any, goes to the contact."""

    content: str
    verbatim: str | None = None


@dataclass(frozen=True)
class Tool:
    """`timeout` in seconds. An `idempotent` write tool may be run again when nobody knows whether it took effect."""

    name: str
    description: str
    schema: Schema
    effect: Effect
    timeout: float
    idempotent: bool
    arguments: TypeAdapter[Any] = field(repr=False)
    function: ToolFunction = field(repr=False)
    defaults: Mapping[str, Any] = field(repr=False, default_factory=dict)

    @property
    def repeatable(self) -> bool:
        """Whether running it twice does no harm."""
        return self.effect is Effect.READ or self.idempotent

    def parse(self, arguments: str) -> dict[str, Any]:
        """The arguments a model wrote, as keywords for the function.

        Raises:
            BadInput: no JSON object, or one that does not fit the signature; the text says where.
        """
        try:
            given = vars(self.arguments.validate_python(json.loads(arguments or "{}")))
        except ValidationError as problem:
            raise BadInput("; ".join(_told(problem))) from None
        except ValueError as problem:
            raise BadInput(f"the arguments are not JSON: {problem}") from None
        return {name: self.defaults.get(name) if value is None else value for name, value in given.items()}

    async def run(self, ctx: ToolContext, arguments: Mapping[str, Any]) -> ToolResult:
        """Runs the function on parsed arguments. Raises whatever it raises; nobody bounds its time here."""
        returned = await self.function(ctx, **arguments)
        if isinstance(returned, Verbatim):
            if not (isinstance(returned.text, str) and isinstance(returned.note, str)):
                raise TypeError("Verbatim is made of two texts")
            return ToolResult(returned.note, returned.text)
        return ToolResult(returned if isinstance(returned, str) else to_json(returned).decode())


def tool(
    *,
    effect: Literal["read", "write"],
    timeout: float = 8.0,
    idempotent: bool = False,
    docstring: str | None = None,
) -> Callable[[ToolFunction], Tool]:
    """Makes a tool of a typed async function whose first parameter is the `ToolContext`.

    Args:
        effect: `read` tools run side by side and again after a crash; `write` tools one by one, once.
        timeout: seconds the function may take.
        idempotent: a write tool that may run twice with the same `idempotency_key` without a second effect.
        docstring: in place of the function's own, for a tool that is described in several languages.

    Raises:
        ConfigurationError: the function lacks a docstring or a type, or takes what a strict schema cannot say.
    """

    def decorate(function: ToolFunction) -> Tool:
        name = getattr(function, "__name__", "")
        docs = read_docstring(docstring or function.__doc__)
        parameters = _parameters(function, name)
        _check(function, name, docs, parameters)
        arguments = TypeAdapter[Any](_shape(name, parameters, docs))
        return Tool(
            name=name,
            description=docs.description,
            schema=strict(arguments.json_schema(), name),
            effect=Effect(effect),
            timeout=timeout,
            idempotent=idempotent,
            arguments=arguments,
            function=function,
            defaults={key: p.default for key, p in parameters.items() if p.default is not p.empty},
        )

    return decorate


def _parameters(function: ToolFunction, name: str) -> dict[str, inspect.Parameter]:
    """The parameters behind the context, with real types instead of their names."""
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except NameError as problem:
        raise ConfigurationError(f"tool {name}: {problem}") from problem
    _, *others = inspect.signature(function).parameters.values() or (None,)
    return {p.name: p.replace(annotation=hints.get(p.name, p.empty)) for p in others}


def _check(function: ToolFunction, name: str, docs: Docs, parameters: Mapping[str, inspect.Parameter]) -> None:
    problems = []
    if not inspect.iscoroutinefunction(function):
        problems.append("must be an async function")
    if not _NAME.match(name):
        problems.append("its name must be letters, digits, `_` or `-`, at most 64")
    if not docs.description:
        problems.append("has no docstring: the model would not know what it is for")
    problems += [f"`{key}` has no type" for key, p in parameters.items() if p.annotation is p.empty]
    problems += [f"`{key}` is variadic" for key, p in parameters.items() if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    problems += [
        f"its docstring describes `{key}`, which it does not take" for key in docs.arguments.keys() - parameters
    ]
    if problems:
        raise ConfigurationError(f"tool {name}: {'; '.join(problems)}")


def _shape(name: str, parameters: Mapping[str, inspect.Parameter], docs: Docs) -> type[Any]:
    """A dataclass of the parameters. One with a default may be null: a model has to name every property."""
    fields: list[tuple[str, Any, Any]] = []
    for key, parameter in parameters.items():
        about = Field(description=docs.arguments.get(key))
        if parameter.default is parameter.empty:
            fields.append((key, Annotated[parameter.annotation, about], field()))
        else:
            fields.append((key, Annotated[parameter.annotation | None, about], field(default=None)))
    config = {"__pydantic_config__": ConfigDict(extra="forbid")}
    return dataclasses.make_dataclass(name, fields, kw_only=True, namespace=config)


def _told(problem: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, error['loc'])) or 'arguments'}: {error['msg']}" for error in problem.errors()]
