"""Sound into words over OpenAI's transcriptions: beside the model, the only place that knows the openai library (3.x).

Its own address, model and price: compatible chat servers rarely offer it. The caller bounds the whole by its own time.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import openai
import structlog
from openai.types.audio import Transcription
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from services.agent import metrics, traced
from services.agent.media.senses import Heard, NotHeard, Sound
from services.agent.results import storable

ATTEMPTS = 2
CONNECT_SECONDS, READ_SECONDS = 3.0, 60.0
FOR_THE_OPERATOR = frozenset(("billing", "authentication", "permission", "model_not_found"))
OUT_OF_MONEY = ("insufficient_quota", "credit_balance_exhausted", "spend_limit", "usage_limit")
"""Beginnings or ends of the codes of a 429 that no waiting heals."""

log = structlog.get_logger()


class _Passing(NotHeard):
    """May go better the next time."""


class SpeechModel:
    """`async with SpeechModel.connect(…) as transcriber:` then `await transcriber.hear(sound)`."""

    def __init__(self, client: openai.AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model
        self._retrying = AsyncRetrying(
            retry=retry_if_exception_type(_Passing),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.3, max=1.0),
            reraise=True,
        )

    @classmethod
    @asynccontextmanager
    async def connect(cls, base_url: str, api_key: str, model: str) -> AsyncIterator["SpeechModel"]:
        """A speech model behind `base_url` (the part before `/audio/transcriptions`); nothing is asked yet."""
        timeout = openai.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        async with openai.AsyncOpenAI(api_key=api_key, base_url=base_url, max_retries=0, timeout=timeout) as client:
            yield cls(client, model)

    async def hear(self, sound: Sound) -> Heard:
        """Raises NotHeard: `transcription` after a passing trouble, else what has to be mended, or `unreadable`."""
        try:
            with traced.hearing(self._model):
                return await self._retrying.copy()(self._attempt, sound)
        except NotHeard as problem:
            metrics.MODEL_ERRORS.labels(f"speech_{problem.reason}").inc()
            if problem.reason in FOR_THE_OPERATOR:
                log.error("model.needs_operator", reason=problem.reason, model=self._model)
            raise

    async def _attempt(self, sound: Sound) -> Heard:
        try:
            told = await self._client.audio.transcriptions.create(
                model=self._model,
                file=(sound.name, sound.content, sound.mime_type),
                languages=list(sound.languages) or openai.omit,
                keywords=list(sound.keywords) or openai.omit,
                response_format="json",
                extra_headers={"X-Client-Request-Id": sound.label},
            )
        except json.JSONDecodeError:
            raise _Passing("transcription") from None
        except openai.APIError as problem:
            _classify(problem)
        return _read(told, self._model)


def _classify(problem: openai.APIError) -> NoReturn:
    """What a failure means (reference: openai-python 3.54). Its message may quote what was said: it goes no further."""
    match problem:
        case openai.APIConnectionError():
            raise _Passing("transcription") from None
        case openai.RateLimitError():
            words = f"{problem.code} {problem.type}"
            if any(word in words for word in OUT_OF_MONEY):
                raise NotHeard("billing") from None
            raise _Passing("transcription") from None
        case openai.AuthenticationError():
            raise NotHeard("authentication") from None
        case openai.PermissionDeniedError():
            raise NotHeard("permission") from None
        case openai.NotFoundError():
            raise NotHeard("model_not_found") from None
        case openai.APIStatusError() if problem.status_code >= 500 or problem.status_code in (408, 409):
            raise _Passing("transcription") from None
        case openai.APIStatusError():
            raise NotHeard("unreadable") from None
        case _:
            raise _Passing("transcription") from None


def _read(told: Transcription, model: str) -> Heard:
    """The library checks nothing: a compatible server may leave out whatever the types promise."""
    text = getattr(told, "text", None)
    if not isinstance(text, str):
        raise _Passing("transcription")
    usage = told.usage
    return Heard(
        text=storable(text).strip(),
        model=model,
        request_id=told._request_id,
        seconds=getattr(usage, "seconds", None),
        input_tokens=getattr(usage, "input_tokens", None) or 0,
        output_tokens=getattr(usage, "output_tokens", None) or 0,
    )
