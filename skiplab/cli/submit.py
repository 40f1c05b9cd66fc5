"""`skiplab submit`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skiplab.cli.client import the_lab
from skiplab.cli.exits import ExitCode, fail
from skiplab.cli.fields import given, with_fields
from skiplab.cli.options import AsJson
from skiplab.cli.output import duration, print_json
from skiplab.cli.spec_file import SpecFile, read
from skiplab.cli.values import BadValue, field_named, values
from skiplab.contract.lifecycle import Priority, Status

if TYPE_CHECKING:
    from skiplab.client import Lab
    from skiplab.client.calls.lookup import Submitted

File = Annotated[
    Path | None, typer.Argument(help="YAML or JSON file of fields, or with `vary` and `spec`; `-`: standard input.")
]
Vary = Annotated[
    list[str] | None,
    typer.Option("--vary", metavar="FIELD=A,B,...", help="One run per value, such as lr=0.01,0.1 or seed=0-4."),
]
Name = Annotated[str | None, typer.Option(help="Name of a single run, or of the new experiment.")]
Joined = Annotated[
    str | None, typer.Option("--experiment", "-e", metavar="NAME", help="Experiment to join; a new name begins one.")
]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Tag of the runs; repeatable.")]
Preset = Annotated[str | None, typer.Option(help="Preset for fields that are not given.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the runs have ended; exit with 3 if one failed.")]
Timeout = Annotated[float | None, typer.Option(min=0, help="Seconds to wait at most; the runs go on then.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print how long it would take, and queue nothing.")]
Key = Annotated[str | None, typer.Option("--key", help="Idempotency key: repeated with it, nothing more is queued.")]


@with_fields
def submit(
    file: File = None,
    vary: Vary = None,
    preset: Preset = None,
    name: Name = None,
    experiment: Joined = None,
    tag: Tags = None,
    priority: Annotated[Priority | None, typer.Option(help="Higher priorities start first.")] = None,
    wait: Wait = False,
    timeout: Timeout = None,
    dry_run: DryRun = False,
    key: Key = None,
    as_json: AsJson = False,
    **fields: Any,
) -> None:
    """Queue a run, or one for each combination of values that vary.

    Examples: `skiplab submit --model cnn --dataset digits --epochs 5 --wait`,
    `skiplab submit --model cnn --dataset digits --vary lr=0.01,0.1 --vary seed=0-4 -e rates`,
    `skiplab submit sweep.yaml`, `generate-spec | skiplab submit -`
    """
    wanted = _wanted(file, fields, vary, preset=preset, name=name, experiment=experiment, tags=tag, priority=priority)
    with the_lab() as lab:
        if dry_run:
            _estimate(lab, wanted, as_json=as_json)
            return
        made = lab.submit(**wanted.model_dump(exclude_none=True), idempotency_key=key)
        if not as_json:
            for run in made.runs:
                print(f"Queued run {run.id}: {run.name}  {lab.url}/runs/{run.id}", flush=True)
        if wait:
            made = _waited(lab, made, timeout, quiet=as_json)
    if as_json:
        from skiplab.cli.shapes import RunsShown

        print_json(RunsShown(items=made.runs, total=len(made.runs), experiment=made.experiment))
    if wait and any(run.status != Status.FINISHED for run in made.runs):
        raise typer.Exit(ExitCode.RUN_FAILED)


def _wanted(file: Path | None, fields: dict[str, Any], vary: list[str] | None, **more: Any) -> SpecFile:
    """Return what the file asks for, overridden by the options. Exits with code 2 for what is unusable."""
    try:
        base = SpecFile() if file is None else read(_text(file))
    except BadValue as error:
        fail(f"{file}: {error}", status=ExitCode.USAGE)
    varied = {**base.vary, **dict(map(_varied, vary or []))}
    options = {option: value for option, value in more.items() if value is not None}
    fixed = {field: value for field, value in {**base.spec, **given(fields)}.items() if field not in varied}
    return base.model_copy(update={**options, "spec": fixed, "vary": varied})


def _text(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadValue(f"cannot be read: {error}") from error


def _varied(text: str) -> tuple[str, list[Any]]:
    """Parse `lr=0.01,0.1`."""
    name, separator, listed = text.partition("=")
    try:
        field = field_named(name.strip())
        found = values(field, listed)
    except BadValue as error:
        fail(f"--vary {text}: {error}", status=ExitCode.USAGE)
    if not separator or not found:
        fail(f"--vary {text}: give a field and its values, such as lr=0.01,0.1.", status=ExitCode.USAGE)
    return field, found


def _estimate(lab: "Lab", wanted: SpecFile, *, as_json: bool) -> None:
    found = lab.estimate(wanted.spec, vary=wanted.vary, preset=wanted.preset)
    if as_json:
        print_json(found)
        return
    length = "unknown, as nothing like it has run yet" if found.seconds is None else f"about {duration(found.seconds)}"
    print(f"{found.runs} run{'s' * (found.runs > 1)}, {length}, on {found.slots} device{'s' * (found.slots != 1)}.")


def _waited(lab: "Lab", made: "Submitted", timeout: float | None, *, quiet: bool) -> "Submitted":
    """Wait for the runs with progress bars, and return them as they ended."""
    from dataclasses import replace

    from skiplab.cli.progress import follow

    ended = lab.wait(made, timeout=timeout) if quiet else follow(lab, made.runs, timeout=timeout)
    for run in ended:
        if run.status != Status.FINISHED:
            print(f"Run {run.id} ({run.name}) {run.status}: {run.reason or 'no reason given'}", file=sys.stderr)
    return replace(made, runs=ended)
