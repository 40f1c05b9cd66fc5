"""Validation errors in words: pydantic's own messages say "Input should be ...", in terms of Python's types."""

import json
from collections.abc import Mapping
from typing import Any

from skiplab.contract.spec import KEY_IN_WORDS, KEY_PATTERN

FIXED: Mapping[str, str] = {
    "missing": "a value is required",
    "extra_forbidden": "unknown field; check its spelling",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "none_required": "must be null",
}
"""Type of a pydantic error to its message."""

PATTERNS: Mapping[str, str] = {KEY_PATTERN: KEY_IN_WORDS}
"""Pattern to what it asks for."""

BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
LENGTHS: Mapping[str, tuple[str, str, str]] = {
    "string_too_short": ("at least", "min_length", "character"),
    "string_too_long": ("at most", "max_length", "character"),
    "too_short": ("at least", "min_length", "item"),
    "too_long": ("at most", "max_length", "item"),
}


def message_of(problem: Mapping[str, Any]) -> str:
    """Return what is allowed in place of the value given, such as `must be at most 1,000`.

    `problem` is one of `ValidationError.errors()`. The message has neither a capital nor a full stop.
    """
    kind, context = str(problem["type"]), problem.get("ctx", {})
    if kind in FIXED:
        return FIXED[kind]
    if kind in BOUNDS and problem.get("input") != problem.get("input"):  # NaN is beyond every bound
        return FIXED["finite_number"]
    if kind in BOUNDS:
        words, key = BOUNDS[kind]
        return f"must be {words} {_number(context[key])}"
    if kind in LENGTHS:
        return _length(*LENGTHS[kind], context)
    if kind in ("literal_error", "enum"):
        return f"must be {context['expected']}"
    if kind == "union_tag_invalid":
        return f"the field {context['discriminator']} must be one of {context['expected_tags']}"
    if kind == "union_tag_not_found":
        return f"the field {context['discriminator']} is required"
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        return PATTERNS.get(pattern, f"must match the pattern {pattern}")
    return str(problem["msg"]).removeprefix("Value error, ").replace("Input should", "must", 1)


def got(value: Any, message: str) -> str:
    """Return `, got VALUE` to follow the message; empty if the message has it, or the value is no scalar."""
    if not isinstance(value, str | int | float) or message.startswith("unknown") or ", got " in message:
        return ""
    forms = {str(value), f"{value:g}" if isinstance(value, float) else str(value)}
    if any(f"({form})" in message for form in forms) or repr(value) in message.split():
        return ""
    return f", got {json.dumps(value, ensure_ascii=False)}"


def _length(words: str, key: str, noun: str, context: Mapping[str, Any]) -> str:
    bound = int(context[key])
    if bound == 1 and words == "at least":
        return "must not be empty"
    return f"must have {words} {bound:,} {noun}{'s' * (bound != 1)}"


def _number(bound: Any) -> str:
    if isinstance(bound, int | float) and float(bound).is_integer():
        return f"{int(bound):,}"
    return f"{bound:g}" if isinstance(bound, float) else str(bound)
