"""Store the environment and code of an attempt with its run, and report code changes since its checkpoint."""

import logging
from typing import Any

from worker.components import Components
from worker.environment import known_or_unknown
from worker.plugins.footprint import Imported, changed
from worker.reporter import Reporter

log = logging.getLogger(__name__)


class Provenance:
    """Environment and code of one attempt.

    `facts`: environment. `before`: environment stored by the attempt whose checkpoint this one resumes; None without
    one. `epoch`: finished epochs of the checkpoint.
    """

    def __init__(
        self,
        reporter: Reporter,
        components: Components,
        facts: dict[str, Any],
        *,
        before: dict[str, Any] | None,
        epoch: int,
    ) -> None:
        self._reporter, self._components, self._facts = reporter, components, facts
        self._before, self._epoch = before or {}, epoch
        self._changes: list[dict[str, Any]] = list(self._before.get("code_changes") or [])
        self._reported: list[str] = []
        self._twin_reported: list[str] = []

    def keep(self) -> None:
        """Store environment and code imported so far; call again after further imports. Raises Fenced."""
        imported = known_or_unknown("plugin_files", self._components.imported)
        if not isinstance(imported, Imported):
            imported = Imported()
        self._report(changed(_imported_by(self._before), imported))
        if imported.files:
            self._report_twin(imported)
        code = {
            "plugins": known_or_unknown("plugins", self._components.fingerprints),
            "plugin_files": imported.files,
            "plugin_packages": imported.packages,
        }
        self._reporter.keep_environment({**self._facts, **code, **self._code_changes()})

    def add(self, fact: str, value: Any) -> None:
        """Add a fact to the environment. Raises Fenced."""
        self._facts = {**self._facts, fact: value}
        self.keep()

    def _report(self, what: list[str]) -> None:
        if fresh := [each for each in what if each not in self._reported]:
            text = f"code changed since the checkpoint: {', '.join(fresh)}"
            log.warning("%s. The epochs before it were trained with other code.", text)
            self._reporter.remark(text)
            self._reported += fresh

    def _report_twin(self, imported: Imported) -> None:
        """Report code that differs from another run of the same settings: seeds should be the only difference."""
        twin = self._reporter.twin()
        if twin is None:
            return
        run_id, environment = twin
        if fresh := [each for each in changed(_imported_by(environment), imported) if each not in self._twin_reported]:
            text = f"code differs from that of run {run_id}, which has the same settings: {', '.join(fresh)}"
            log.warning("%s", text)
            self._reporter.remark(text)
            self._twin_reported += fresh

    def _code_changes(self) -> dict[str, Any]:
        """Return the code changes, including those before earlier attempts whose epochs the run has."""
        now = [{"after_epoch": self._epoch, "changed": self._reported}] if self._reported else []
        changes = [*self._changes, *now]
        return {"code_changes": changes} if changes else {}


def _imported_by(environment: dict[str, Any]) -> Imported:
    return Imported(environment.get("plugin_files") or {}, environment.get("plugin_packages") or {})
