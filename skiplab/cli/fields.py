"""Fields of the run spec as command-line options, derived from the spec: its names, help, defaults and choices."""

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo

from skiplab.cli.exits import ExitCode, fail
from skiplab.cli.values import BadValue, choices_of, kinds_of, value
from skiplab.contract.fields import About
from skiplab.contract.spec import ABOUT, RunFields

WORDS: Mapping[type, str] = {int: "INTEGER", float: "FLOAT", str: "TEXT", tuple: "A,B,..."}
"""What an option shows in place of its value."""


def with_fields(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes `**fields` an option for each field of the spec; None: not given."""
    own = [each for each in signature(command).parameters.values() if each.kind != Parameter.VAR_KEYWORD]
    added = [_parameter(name, field) for name, field in RunFields.model_fields.items()]

    def call(*args: Any, **kwargs: Any) -> None:
        command(*args, **kwargs)

    call.__doc__, call.__name__ = command.__doc__, command.__name__
    # Typer reads the options from it. `type: ignore`: functions have it by convention, typeshed does not know it.
    call.__signature__ = signature(command).replace(parameters=[*own, *added])  # type: ignore[attr-defined]
    return call


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the options that were given. Exits with code 2 for a text that is no value."""
    found = {}
    for name, text in fields.items():
        try:
            if text is not None:
                found[name] = text if isinstance(text, bool) else value(name, text)
        except BadValue as error:
            fail(f"--{name.replace('_', '-')}: {error}", status=ExitCode.USAGE)
    return found


def _parameter(name: str, field: FieldInfo) -> Parameter:
    about, kinds = ABOUT[name], kinds_of(name)
    flags = [f"--{name.replace('_', '-')}", *([f"--{about.short}"] if about.short else [])]
    is_flag = bool in kinds
    if is_flag:
        flags = [f"{flag}/--no-{flag.removeprefix('--')}" for flag in flags]
    option = typer.Option(
        *flags,
        help=" ".join(filter(None, (f"{field.title}.", field.description, _default(field, about)))),
        metavar=None if is_flag else _metavar(name),
        show_default=False,
        rich_help_panel=f"Fields: {about.use}",
        autocompletion=lambda: choices_of(name),
    )
    kind = bool | None if is_flag else str | None
    annotation = Annotated[kind, option]  # type: ignore[valid-type]  # made at run time, for Typer alone
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _metavar(name: str) -> str:
    if choices := choices_of(name):
        return f"{','.join(choices)}" if tuple in kinds_of(name) else "|".join(choices)
    return next(word for kind, word in WORDS.items() if kind in kinds_of(name))


def _default(field: FieldInfo, about: About) -> str:
    """Return the default where neither a preset nor the network has its own."""
    if field.is_required():
        return ""
    default = field.get_default()
    return f"Default: {about.unset if default is None else _text(default)}."


def _text(value: Any) -> str:
    """Return a value as an option takes it."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value}".lower() if isinstance(value, bool) else f"{value}"
