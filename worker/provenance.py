"""What an attempt runs in and which code it runs, kept with the run; and what of that has changed where it goes on."""

import logging
from typing import Any

from worker.components import Components
from worker.environment import told
from worker.plugins.footprint import Imported, changed
from worker.reporter import Reporter

log = logging.getLogger(__name__)


class Provenance:
    """`facts`: of the environment. `before`: what the attempt before kept, where this one goes on from a checkpoint of
    it; `epoch`: the epochs that it has."""

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
        self._said: list[str] = []
        self._said_of_twin: list[str] = []

    def keep(self) -> None:
        """Once the network's code is imported, and again when all the code is: the last one counts. Raises Fenced."""
        imported = told("plugin_files", self._components.imported)
        if not isinstance(imported, Imported):
            imported = Imported()
        self._say(changed(_imported_by(self._before), imported))
        if imported.files:
            self._say_of_twin(imported)
        code = {
            "plugins": told("plugins", self._components.fingerprints),
            "plugin_files": imported.files,
            "plugin_packages": imported.packages,
        }
        self._reporter.keep_environment({**self._facts, **code, **self._code_changes()})

    def add(self, fact: str, value: Any) -> None:
        """One more fact of the environment. Raises Fenced."""
        self._facts = {**self._facts, fact: value}
        self.keep()

    def _say(self, what: list[str]) -> None:
        if fresh := [each for each in what if each not in self._said]:
            text = f"code changed since the checkpoint: {', '.join(fresh)}"
            log.warning("%s. The epochs before it were trained by other code.", text)
            self._reporter.remark(text)
            self._said += fresh

    def _say_of_twin(self, imported: Imported) -> None:
        """Seeds of one cell are meant to differ in nothing else."""
        twin = self._reporter.twin()
        if twin is None:
            return
        run_id, environment = twin
        if fresh := [each for each in changed(_imported_by(environment), imported) if each not in self._said_of_twin]:
            text = f"code differs from that of run {run_id}, which has the same settings: {', '.join(fresh)}"
            log.warning("%s", text)
            self._reporter.remark(text)
            self._said_of_twin += fresh

    def _code_changes(self) -> dict[str, Any]:
        """Those of earlier attempts too, as long as epochs of theirs are in the run."""
        now = [{"after_epoch": self._epoch, "changed": self._said}] if self._said else []
        changes = [*self._changes, *now]
        return {"code_changes": changes} if changes else {}


def _imported_by(environment: dict[str, Any]) -> Imported:
    return Imported(environment.get("plugin_files") or {}, environment.get("plugin_packages") or {})
