"""From what a call of `log` is given to records of the journal: numbers, media, texts, and the step they belong to."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from skiplab.client import notices
from skiplab.client.attachments import Attachments
from skiplab.client.config import Summary
from skiplab.client.definitions import Definition, Definitions
from skiplab.client.keys import clean_key
from skiplab.client.media import Histogram, Image, Media
from skiplab.client.unsupported import Ignored
from skiplab.client.values import flat, number

MOST_VALUES = 500
"""Values of one record."""


class Write(Protocol):
    def __call__(self, record: dict[str, Any], points: int = 0) -> None: ...


class Recorder:
    """Not safe for threads: its owner holds a lock."""

    def __init__(self, write: Write, summary: Summary, attachments: Attachments | None, first_step: int) -> None:
        self.step = first_step
        """The step of the next call that names none."""

        self._write, self._summary, self._attachments = write, summary, attachments
        self._definitions = Definitions()
        self._keys: dict[str, str] = {}

    def log(self, data: Mapping[str, Any], step: int | None, commit: bool | None, epoch: int | None) -> None:
        at = self.step if step is None else int(step)
        if at < 0:
            notices.say_once(f"log(step={at}) is ignored: steps are at least 0.")
            return
        numbers: dict[str, float] = {}
        for name, value in data.items():
            if type(value) is float:
                numbers[self._keys.get(name) or self._new_key(name)] = value
            elif type(value) is int:
                numbers[self._keys.get(name) or self._new_key(name)] = number(value) or 0.0
            else:
                for key, each in flat({name: value}):
                    self._take(self._keys.get(key) or self._new_key(key), each, at, numbers)
        if numbers:
            self._log_numbers(numbers, at, epoch)
        self.step = max(self.step, at + 1 if commit or (commit is None and step is None) else at)

    def define(self, definition: Definition) -> None:
        self._definitions.add(definition)
        if "*" not in definition.name:
            self._declare({clean_key(definition.name): 0.0})

    def _new_key(self, name: str) -> str:
        key = self._keys[name] = clean_key(name)
        return key

    def _take(self, key: str, value: Any, step: int, numbers: dict[str, float]) -> None:
        """Sort a value: number, media, or text, which goes to the summary."""
        found = number(value)
        if found is not None:
            numbers[key] = found
        elif media := _media(value):
            self._log_media(key, step, media)
        elif isinstance(value, str | list | tuple):
            self._summary[key] = value
        elif value is not None and not isinstance(value, Ignored):
            notices.say_once(f"values of type {type(value).__name__}, as of {key}, are not logged.")

    def _log_numbers(self, numbers: dict[str, float], step: int, epoch: int | None) -> None:
        self._summary.logged(numbers)
        if epoch is None and (given := numbers.get("epoch")) is not None and given >= 0 and given.is_integer():
            epoch = int(given)
        groups: Mapping[int, Mapping[str, float]] = {step: numbers}
        if self._definitions:
            self._declare(numbers)
            groups = self._definitions.by_step(numbers, step)
            if changed := self._definitions.summaries(numbers):
                self._summary.update(changed)
        now = round(time.time(), 3)
        for at, values in groups.items():
            for part in _parts(values):
                self._write({"values": part, "step": at, "time": now, "epoch": epoch}, len(part))

    def _log_media(self, key: str, step: int, media: Iterable[Media]) -> None:
        if self._attachments is not None:
            for place, each in enumerate(media):
                self._attachments.media(key, step, each, place)

    def _declare(self, keys: Iterable[str]) -> None:
        for declaration in self._definitions.newly_declared(keys):
            self._write({"quantity": declaration})


def _media(value: Any) -> list[Media]:
    """Return the media of a value; figures become images, arrays and tensors histograms."""
    if isinstance(value, Media):
        return [value]
    if isinstance(value, list | tuple) and all(isinstance(each, Media) for each in value):
        return list(value)
    if hasattr(value, "savefig"):
        return [Image(value)]
    return [Histogram(value)] if hasattr(value, "shape") else []


def _parts(values: Mapping[str, float]) -> Iterable[Mapping[str, float]]:
    if len(values) <= MOST_VALUES:
        return (values,)
    items = list(values.items())
    return [dict(items[start : start + MOST_VALUES]) for start in range(0, len(items), MOST_VALUES)]
