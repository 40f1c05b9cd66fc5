"""torch.compile without a C compiler is refused with a message."""

from pathlib import Path

import pytest

from worker.training.compiler import NoCompiler, check_compiler


def test_without_a_compiler_the_log_names_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoCompiler, match="Install gcc, or submit the run with compile: off"):
        check_compiler()


@pytest.mark.parametrize("name", ["gcc", "own-cc"])
def test_any_of_them_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    compiler = tmp_path / name
    compiler.write_text("#!/bin/sh\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", "own-cc" if name == "own-cc" else "")

    check_compiler()
