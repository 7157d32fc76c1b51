"""`POST /audio/transcriptions`: reads a multipart form as strictly as OpenAI, writes what was heard.

Source: the request types of openai-python 3.54 and OpenAI's speech-to-text guide, November 2026.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile

from services.simulator.openai.errors import ApiError
from services.simulator.openai.tokens import estimate
from services.simulator.openai.transcripts import TranscriptOrder, length_of

LARGEST = 25 * 1024 * 1024
EXTENSIONS = ("flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm")
SIGNATURES = {"flac": b"fLaC", "ogg": b"OggS", "wav": b"RIFF", "webm": b"\x1a\x45\xdf\xa3"}
"""First bytes of the formats that have some."""

MODELS = {
    "gpt-transcribe": {"json", "text"},
    "gpt-4o-transcribe": {"json"},
    "gpt-4o-mini-transcribe": {"json"},
    "whisper-1": {"json", "text", "srt", "verbose_json", "vtt"},
}
"""Model → response formats it gives. All but the first end on 2027-02-26."""

_TEXTS = ("model", "prompt", "language", "response_format", "temperature")
_LISTS = ("languages[]", "keywords[]")
_HINTS = {"languages[]": 10, "keywords[]": 100}
_NOT_OFFERED = ("stream", "chunking_strategy", "include[]", "timestamp_granularities[]")


@dataclass(frozen=True)
class AskedToHear:
    """A request that was found valid."""

    model: str
    content: bytes
    languages: list[str]
    response_format: str


async def read_form(form: FormData) -> tuple[dict[str, Any], UploadFile | None, bytes]:
    """What goes on record (the file by its name, size and digest), the file, and its bytes."""
    fields: dict[str, Any] = {}
    upload, content = None, b""
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            upload, content = value, await value.read()
            fields[name] = {
                "name": value.filename,
                "type": value.content_type,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        elif name.endswith("[]"):
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return fields, upload, content


def read_request(fields: dict[str, Any], upload: UploadFile | None, content: bytes) -> AskedToHear:
    """Raises `ApiError` for everything OpenAI would refuse."""
    for name in fields:
        if name in _NOT_OFFERED:
            raise _refused(name, "unsupported_value", f"This stand-in for OpenAI does not offer '{name}'.")
        if name not in (*_TEXTS, *_LISTS, "file"):
            raise _refused(name, "unknown_parameter", f"Unknown parameter: '{name}'.")
    model = _model(fields)
    _check_file(upload, content)
    return AskedToHear(model, content, _languages(fields, model), _response_format(fields, model))


def _model(fields: dict[str, Any]) -> str:
    model = fields.get("model")
    if not model:
        raise _refused("model", "missing_required_parameter", "Missing required parameter: 'model'.")
    if model not in MODELS:
        message = f"There is no model '{model}' for speech, or this key may not use it."
        raise ApiError(message, code="model_not_found", status=404)
    return str(model)


def _check_file(upload: UploadFile | None, content: bytes) -> None:
    if upload is None:
        raise _refused("file", "missing_required_parameter", "Missing required parameter: 'file'.")
    extension = (upload.filename or "").rpartition(".")[2].lower()
    if extension not in EXTENSIONS:
        message = f"Unrecognized file format. Supported formats: {list(EXTENSIONS)}"
        raise ApiError(message, param="file", code="invalid_value")
    if len(content) > LARGEST:
        message = f"Maximum content size limit ({LARGEST}) exceeded ({len(content)} bytes read)."
        raise ApiError(message, status=413)
    if not content or not content.startswith(SIGNATURES.get(extension, b"")):
        raise ApiError("Audio file might be corrupted or unsupported.", param="file", code="invalid_value")


def _languages(fields: dict[str, Any], model: str) -> list[str]:
    if model != "gpt-transcribe":
        for name in _LISTS:
            if name in fields:
                raise _refused(name, "unsupported_parameter", f"'{name}' is not supported with {model}.")
    for name, most in _HINTS.items():
        if len(fields.get(name, ())) > most:
            raise _refused(name, "array_above_max_length", f"Invalid '{name}': more than {most} elements.")
    languages = [*fields.get("languages[]", ()), *([fields["language"]] if "language" in fields else ())]
    if any(len(code) not in (2, 3) or not code.isalpha() for code in languages):
        raise _refused("languages", "invalid_value", "Languages are given by their ISO 639-1 codes.")
    return languages


def _response_format(fields: dict[str, Any], model: str) -> str:
    asked = str(fields.get("response_format", "json"))
    if asked not in MODELS[model]:
        offered = ", ".join(sorted(MODELS[model]))
        raise _refused("response_format", "unsupported_value", f"{model} gives {offered}, not '{asked}'.")
    return asked


def write_answer(asked: AskedToHear, order: TranscriptOrder) -> dict[str, Any]:
    """A `transcription` object, billed by the length of the sound or by tokens."""
    seconds = length_of(asked.content) if order.seconds is None else order.seconds
    answer: dict[str, Any] = {"text": order.text, "usage": {"type": "duration", "seconds": seconds}}
    if order.usage == "tokens":
        heard, said = max(1, round(seconds * 10)), estimate(order.text)
        answer["usage"] = {
            "type": "tokens",
            "input_tokens": heard,
            "input_token_details": {"audio_tokens": heard, "text_tokens": 0},
            "output_tokens": said,
            "total_tokens": heard + said,
        }
    if asked.model == "gpt-transcribe":
        answer["languages"] = [{"code": code} for code in asked.languages[:1]]
    return answer


def _refused(param: str, code: str, message: str) -> ApiError:
    return ApiError(message, param=param.removesuffix("[]"), code=code)
