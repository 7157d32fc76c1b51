"""A hypothesis state machine whose steps are coroutines against a real store."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, ClassVar, TypeVar

import uvloop
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from remanso.store import Store
from tests.support.clock import forget_everything

T = TypeVar("T")


class StoreMachine(RuleBasedStateMachine):
    """Begins each example with empty tables. `play` runs it in an event loop and a store of its own."""

    runner: ClassVar[asyncio.Runner]
    store: ClassVar[Store]

    def __init__(self) -> None:
        super().__init__()
        self.do(forget_everything(self.store))

    def do(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)


def play(machine: type[StoreMachine], database_url: str, *, examples: int, steps: int) -> None:
    """Play the machine against the database, which must be nobody else's."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        stack = AsyncExitStack()
        machine.runner = runner
        machine.store = runner.run(stack.enter_async_context(Store.connect(database_url)))
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=steps,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())
