"""Import rules between packages, checked in the sources, so that nothing has to be importable."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(source: Path) -> Iterator[str]:
    """Return every module that a file imports, at any level; `from a import b` counts as `a.b`."""
    for part in ast.walk(ast.parse(source.read_text())):
        if isinstance(part, ast.Import):
            yield from (name.name for name in part.names)
        elif isinstance(part, ast.ImportFrom):
            yield from (f"{_from(source, part)}.{name.name}" for name in part.names)


def imported_at_the_top(source: Path) -> Iterator[str]:
    """Return modules imported at import time of the file."""
    for part in ast.parse(source.read_text()).body:
        if isinstance(part, ast.Import):
            yield from (name.name for name in part.names)
        elif isinstance(part, ast.ImportFrom):
            yield part.module or ""


def _from(source: Path, part: ast.ImportFrom) -> str:
    if not part.level:
        return part.module or ""
    package = source.relative_to(ROOT).parts[: -part.level]
    return ".".join([*package, *([part.module] if part.module else [])])


def is_within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def broken(folder: str, *, without: tuple[str, ...] = (), forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{source.relative_to(ROOT)} imports {module}"
        for source in sources(folder)
        if not any(source.is_relative_to(ROOT / kept) for kept in without)
        for module in imports(source)
        if is_within(module, *forbidden)
    ]


def test_the_sources_are_read() -> None:
    assert "backend.main.create_app" in set(imports(ROOT / "backend" / "process.py"))


def test_what_every_process_shares_imports_none_of_them() -> None:
    others = ("backend", "worker", "torch", "fastapi", "starlette", "sqlalchemy", "sqlmodel", "sqlite3")
    assert broken("skiplab", without=("skiplab/cli",), forbidden=others) == []


def test_the_command_line_imports_the_server_only_when_a_command_is_called() -> None:
    at_the_top = [
        f"{source.relative_to(ROOT)} imports {module}"
        for source in sources("skiplab/cli")
        for module in imported_at_the_top(source)
        if is_within(module, "backend", "worker")
    ]
    assert at_the_top == []
    code = "import sys; from skiplab.cli import app; app(['version'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"backend", "fastapi", "sqlalchemy", "rich"} & {*done.stdout.split()} == set()


def test_only_the_tools_for_agents_import_the_sdk_of_mcp() -> None:
    assert broken("skiplab", without=("skiplab/mcp",), forbidden=("mcp", "mcp_types", "skiplab.mcp")) == [
        "skiplab/cli/mcp.py imports skiplab.mcp.server.serve_stdio",
        "skiplab/cli/mcp.py imports skiplab.mcp.skill.SKILL",
    ]
    assert broken("backend", without=("backend/agents",), forbidden=("mcp", "mcp_types", "skiplab.mcp")) == []


def test_the_backend_never_imports_the_worker_or_torch() -> None:
    assert broken("backend", forbidden=("worker", "torch", "torchvision")) == []


def test_the_worker_borrows_only_the_contract_and_the_database() -> None:
    borrowed = [
        f"{source.relative_to(ROOT)} imports {module}"
        for source in sources("worker")
        for module in imports(source)
        if is_within(module, "backend") and not is_within(module, "skiplab.contract", "backend.db")
    ]
    assert borrowed == []


@pytest.mark.parametrize("part", ["training", "models", "datasets"])
def test_training_knows_neither_the_queue_nor_the_database(part: str) -> None:
    forbidden = ("celery", "kombu", "billiard", "backend.db", "sqlalchemy", "sqlmodel", "sqlite3")
    assert broken(f"worker/{part}", forbidden=forbidden) == []


def test_the_contract_needs_only_pydantic() -> None:
    allowed = {*sys.stdlib_module_names, "pydantic", "pydantic_core", "pydantic_settings"}
    others = [
        f"{source.relative_to(ROOT)} imports {module}"
        for source in sources("skiplab/contract")
        for module in imports(source)
        if module.split(".")[0] not in allowed and not is_within(module, "skiplab.contract")
    ]
    assert others == []


@pytest.mark.parametrize("folder", ["backend", "worker"])
def test_only_the_database_package_knows_sql(folder: str) -> None:
    sql = ("sqlalchemy", "sqlmodel", "sqlite3", "alembic", "psycopg")
    assert broken(folder, without=("backend/db",), forbidden=sql) == []


def test_torchvision_is_imported_only_where_it_is_used() -> None:
    """Only inside functions, so that a worker without torchvision can train."""
    at_the_top = [
        str(source.relative_to(ROOT))
        for source in sources("worker")
        for name in imported_at_the_top(source)
        if is_within(name, "torchvision")
    ]
    assert at_the_top == []


STARTED = {
    "the web process": (
        "backend.process",
        (
            "torch",
            "worker",
            "scipy",
            "pandas",
            "alembic",
            "numpy",
            "PIL",
            "plotly.basedatatypes",
            "celery",
            "kombu",
            "mcp",
        ),
    ),
    "skiplab up": (
        "skiplab.cli, backend.supervisor.lab",
        ("sqlalchemy", "sqlmodel", "fastapi", "starlette", "httpx2", "rich", "celery"),
    ),
    "a worker": ("worker.app", ("torch", "numpy", "alembic", "fastapi")),
}
"""What each process imports at its start, and slow packages that it imports when it needs them, if at all."""


@pytest.mark.parametrize("process", STARTED)
def test_a_process_starts_without_what_it_may_never_need(process: str) -> None:
    """Checked by a real start: transitive imports count."""
    modules, slow = STARTED[process]
    code = f"import sys, {modules}; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
