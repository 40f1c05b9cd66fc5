"""`run.config` and `run.summary`: dicts whose changes are logged. Values are read by item or by attribute."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from skiplab.client import notices
from skiplab.client.values import json_of, options

Report = Callable[[dict[str, Any]], None]


class Values(MutableMapping[str, Any]):
    """A dict that reports what is set. Reading returns the object that was set, not its JSON."""

    _own = frozenset({"_values", "_report"})

    def __init__(self, values: Mapping[str, Any], report: Report) -> None:
        self._values = dict(values)
        self._report = report

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._set({key: value})

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        notices.say_once(f"{key} is removed in this process, but not in the lab.", about="removed value")

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"{name!r} is not set") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._own:
            super().__setattr__(name, value)
        else:
            self[name] = value

    def __repr__(self) -> str:
        return repr(self._values)

    def keys(self) -> Any:
        return self._values.keys()

    def as_dict(self) -> dict[str, Any]:
        return dict(self._values)

    def _set(self, values: Mapping[str, Any]) -> None:
        self._values.update(values)
        self._report({key: json_of(value) for key, value in values.items()})


class Config(Values):
    """The run's config: hyperparameters."""

    def update(self, values: Any = None, /, allow_val_change: bool = True, **more: Any) -> None:
        """Merge a dict, or an object with fields such as argparse.Namespace."""
        del allow_val_change  # W&B refuses changes without it; here they are recorded
        self._set(options(values) | more)

    def setdefaults(self, values: Any) -> None:
        """Merge what is not set yet."""
        self._set({key: value for key, value in options(values).items() if key not in self._values})

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, default)


class Summary(Values):
    """The run's summary: the last logged value of each series, and what the user sets."""

    def update(self, values: Any = None, /, **more: Any) -> None:
        """Merge a dict."""
        self._set(options(values) | more)

    def logged(self, values: Mapping[str, Any]) -> None:
        """Take over logged values, which the lab has anyway."""
        self._values.update(values)
