"""One circuit breaker for each model at each server and key: what counts for it, and how its state is told."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from services.agent import metrics
from services.agent.asking import ModelRefused
from services.agent.models import trouble
from services.agent.models.breaker import Breaker, CircuitOpen, State
from services.agent.models.endpoints import Place
from services.agent.models.trouble import Filtered, Trouble

log = structlog.get_logger()


class Circuits:
    """`hold` in seconds, for each breaker. Keys are told apart: one client's bad key closes nobody else's way."""

    def __init__(self, hold: float) -> None:
        self._hold = hold
        self._breakers: dict[Place, Breaker] = {}

    @contextmanager
    def asking(self, place: Place) -> Iterator[None]:
        """One attempt. Raises Trouble (`circuit_open`) when it must not be made now."""
        breaker = self._at(place)
        try:
            era = breaker.enter()
        except CircuitOpen as circuit:
            raise Trouble(trouble.CIRCUIT_OPEN, circuit.seconds) from None
        try:
            yield
        except Trouble as problem:
            self._note(place, breaker, era, problem)
            raise
        except (ModelRefused, Filtered):
            self._note_success(place, breaker, era)
            raise
        except BaseException:
            breaker.withdrew(era)
            raise
        self._note_success(place, breaker, era)

    def _note(self, place: Place, breaker: Breaker, era: int, problem: Trouble) -> None:
        kind = problem.kind
        if kind is trouble.NO_FREE_CONNECTION:
            breaker.withdrew(era)
        elif not (kind.counts or kind.lasting):
            self._note_success(place, breaker, era)
        elif breaker.failed(era, lasting=kind.lasting):
            seconds = round(breaker.seconds_left, 1)
            log.warning("model.circuit_opened", reason=kind.reason, model=place.model, seconds=seconds)
        if breaker.state == State.OPEN:  # another attempt would find it closed off: whoever waits, waits that long
            problem.retry_after = max(problem.retry_after or 0.0, breaker.seconds_left)

    def _note_success(self, place: Place, breaker: Breaker, era: int) -> None:
        if breaker.succeeded(era):
            log.info("model.circuit_closed", model=place.model)

    def _at(self, place: Place) -> Breaker:
        if place not in self._breakers:
            breaker = self._breakers[place] = Breaker(self._hold)
            metrics.CIRCUIT.labels(place.endpoint, place.model).set_function(lambda: breaker.state.value)
        return self._breakers[place]
