"""Names of W&B beyond the supported subset: each use says so once, and does nothing."""

from collections.abc import Iterator
from typing import Any, Self

from skiplab.client import notices

MODULE_NAMES = frozenset({
    "Api", "Artifact", "Audio", "Bokeh", "Edge", "Error", "Graph", "Html", "Molecule", "Node", "Object3D", "Plotly",
    "Settings", "Video", "agent", "apis", "box3d", "controller", "data_types", "ensure_configured", "errors", "jupyter",
    "launch", "link_artifact", "link_model", "log_artifact", "log_code", "log_model", "login", "mark_preempting",
    "plot", "plot_table", "require", "restore", "sdk", "set_trace", "setup", "sweep", "teardown", "termerror",
    "termlog", "termsetup", "termwarn", "use_artifact", "use_model", "util",
})  # fmt: skip
RUN_NAMES = frozenset({
    "config_static", "display", "entity", "get_project_url", "get_sweep_url", "get_url", "group", "job_type",
    "link_artifact", "link_model", "log_artifact", "log_code", "log_model", "mark_preempting", "path", "plot_table",
    "pin_config_keys", "project_name", "project_url", "restore", "settings", "status", "sweep_id", "sweep_url",
    "to_html", "upsert_artifact", "use_artifact", "use_model", "write_logs",
})  # fmt: skip


class Ignored:
    """Accepts every use, and does nothing."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Self:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Self:
        return self

    def __getitem__(self, _: Any) -> Self:
        return self

    def __setitem__(self, _: Any, __: Any) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __instancecheck__(self, _: object) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self._name}: not supported by Skiplab>"


def ignored(name: str, *, of: str) -> Ignored:
    """Return a stand-in for a known name of W&B. Raises AttributeError for any other."""
    if name not in (RUN_NAMES if of == "run" else MODULE_NAMES):
        raise AttributeError(f"{of!r} has no attribute {name!r}")
    notices.say_once(f"{of}.{name} of W&B is not supported and ignored (docs/guides/logging.md lists what is).")
    return Ignored(name)
