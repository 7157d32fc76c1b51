"""Refusals in the shape OpenAI gives them."""

from typing import Any

from pydantic import ValidationError


class ApiError(Exception):
    """A request that gets no answer: becomes `{"error": {"message", "type", "param", "code"}}`."""

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        kind: str = "invalid_request_error",
        status: int = 400,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


# Pydantic's error type → (OpenAI's code, what is said about the field).
_CODES: dict[str, tuple[str, str]] = {
    "missing": ("missing_required_parameter", "Missing required parameter: '{param}'."),
    "union_tag_not_found": ("missing_required_parameter", "Missing required parameter: '{param}'."),
    "extra_forbidden": ("unknown_parameter", "Unknown parameter: '{param}'."),
    "literal_error": ("invalid_value", "Invalid value for '{param}': expected {expected}."),
    "union_tag_invalid": ("invalid_value", "Invalid value for '{param}': expected one of {expected_tags}."),
    "string_pattern_mismatch": ("invalid_value", "Invalid '{param}': it must match '{pattern}'."),
    "string_too_long": ("string_above_max_length", "Invalid '{param}': longer than {max_length} characters."),
    "string_too_short": ("empty_string", "Invalid '{param}': an empty string is not allowed."),
    "too_short": ("empty_array", "Invalid '{param}': an empty array is not allowed."),
    "too_long": ("array_above_max_length", "Invalid '{param}': more than {max_length} elements."),
    "invalid_item": ("invalid_value", "Invalid value for '{param}': an item of this type is not supported."),
    "invalid_image_url": ("invalid_image_url", "Invalid '{param}': neither an https address nor a base64 data URL."),
    "unsupported_image_media_type": (
        "unsupported_image_media_type",
        "Unsupported image in '{param}': PNG, JPEG, GIF and WEBP are taken.",
    ),
    "empty_image_file": ("empty_image_file", "The image in '{param}' is empty."),
    "image_too_large": ("image_too_large", "The image in '{param}' is too large."),
    "image_parse_error": ("image_parse_error", "The image in '{param}' could not be read."),
    "invalid_base64_image": ("invalid_base64_image", "The image in '{param}' is not valid base64."),
    "greater_than_equal": ("integer_below_min_value", "Invalid '{param}': the smallest value is {ge}."),
    "less_than_equal": ("integer_above_max_value", "Invalid '{param}': the largest value is {le}."),
}


def wrong_shape(error: ValidationError, body: Any) -> ApiError:
    """The one refusal OpenAI would give for a body that does not fit its schema: the deepest finding.

    A field that may be a string or a list is reported once per alternative; the deepest path is the
    alternative the caller meant.
    """
    findings = error.errors(include_url=False)
    paths = [_path(finding, body) for finding in findings]
    deepest = max(range(len(findings)), key=lambda at: len(paths[at]))
    finding, param = findings[deepest], _dotted(paths[deepest])
    code, sentence = _CODES.get(finding["type"], ("invalid_type", "Invalid type for '{param}'."))
    limits = finding.get("ctx", {})
    if any(isinstance(limit, float) for limit in limits.values()):
        code = code.replace("integer", "decimal")
    return ApiError(sentence.format(param=param, **limits), param=param or None, code=code)


def _path(finding: Any, body: Any) -> list[str | int]:
    """Where in the body the finding lies; Pydantic's names of union members are left out."""
    path: list[str | int] = []
    node = body
    for step in finding["loc"]:
        if (isinstance(node, dict) and step in node) or (isinstance(node, list) and isinstance(step, int)):
            node = node[step]
            path.append(step)
    if finding["type"] == "missing":
        path.append(finding["loc"][-1])
    elif finding["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path.append(finding["ctx"]["discriminator"].strip("'").removesuffix("()"))
    return path


def _dotted(path: list[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
