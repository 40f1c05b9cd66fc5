"""Statistics of the code as a Markdown table: `python scripts/code_size.py [CHECKOUT ...]`, one row per part.

Only sources are read, so that checkouts of any age can be compared.
"""

import ast
import io
import statistics
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import node

HERE = Path(__file__).parents[1]
PARTS = ("skiplab", "backend", "worker", "tests", "frontend/src")
TYPESCRIPT = (".ts", ".tsx")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Numbers:
    """Counts for one part of a checkout."""

    files: list[int] = field(default_factory=list)  # lines of each
    functions: list[int] = field(default_factory=list)  # lines of each body, without docstring
    typed: list[bool] = field(default_factory=list)  # whether parameters and return value are annotated
    documented: list[bool] = field(default_factory=list)  # functions
    public_documented: list[bool] = field(default_factory=list)
    raising: int = 0  # docstrings that name errors
    measured: int = 0  # docstrings with a unit or a shape
    comments: int = 0  # lines with a comment
    filled: int = 0  # lines that are not blank
    loose: int = 0  # Any, cast, type: ignore; `any`, `as`, eslint-disable
    broad: int = 0  # except Exception
    public: int = 0  # public names


def main(checkouts: Sequence[str]) -> None:
    roots = [Path(each).resolve() for each in checkouts] or [HERE]
    for root in roots:
        print(f"\n{_revision(root)}\n")
        print("| " + " | ".join(["part", *COLUMNS]) + " |")
        print("|---" * (len(COLUMNS) + 1) + "|")
        for part in PARTS:
            if (root / part).is_dir():
                numbers = _typescript(root / part) if part.startswith("frontend") else _python(root / part)
                print("| " + " | ".join([part, *(show(numbers) for show in COLUMNS.values())]) + " |")


def _revision(root: Path) -> str:
    shown = subprocess.run(["git", "log", "-1", "--format=%h"], cwd=root, capture_output=True, text=True, check=False)
    return shown.stdout.strip() or root.name


def _percent(part: Sequence[bool]) -> str:
    return f"{100 * sum(part) / len(part):.0f}%" if part else "-"


def _spread(sizes: Sequence[int]) -> str:
    """Return median, 90th percentile and maximum."""
    if len(sizes) < 2:
        return "-"
    return f"{statistics.median(sizes):.0f}/{statistics.quantiles(sizes, n=10)[-1]:.0f}/{max(sizes)}"


COLUMNS: dict[str, Callable[[Numbers], str]] = {
    "files / lines": lambda n: f"{len(n.files)} / {sum(n.files):,}",
    "lines per file (median/p90/max)": lambda n: _spread(n.files),
    "lines per function": lambda n: _spread(n.functions),
    "typed": lambda n: _percent(n.typed),
    "comments per 100 lines": lambda n: f"{100 * n.comments / max(n.filled, 1):.1f}",
    "functions documented (public)": lambda n: f"{_percent(n.documented)} ({_percent(n.public_documented)})",
    "docstrings with errors / units or shapes": lambda n: f"{n.raising} / {n.measured}",
    "Any, cast, ignore": lambda n: str(n.loose),
    "broad except": lambda n: str(n.broad),
    "public names": lambda n: str(n.public),
}


def _python(folder: Path) -> Numbers:
    numbers = Numbers()
    for source in sorted(folder.rglob("*.py")):
        text = source.read_text()
        _count_lines(numbers, text, _python_comments(text))
        tree = ast.parse(text)
        numbers.public += sum(1 for name in _top_names(tree) if not name.startswith("_"))
        for each in ast.walk(tree):
            if isinstance(each, Function):
                _count_function(numbers, each)
            elif isinstance(each, ast.Name) and each.id in ("Any", "cast") and isinstance(each.ctx, ast.Load):
                numbers.loose += 1
            elif isinstance(each, ast.ExceptHandler):
                numbers.broad += each.type is None or _named(each.type) in ("Exception", "BaseException")
        numbers.loose += text.count("# type: ignore")
    return numbers


def _count_lines(numbers: Numbers, text: str, comments: int) -> None:
    numbers.files.append(text.count("\n"))
    numbers.filled += sum(1 for line in text.splitlines() if line.strip())
    numbers.comments += comments


def _python_comments(text: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})


def _top_names(tree: ast.Module) -> Iterator[str]:
    for each in tree.body:
        if isinstance(each, Function | ast.ClassDef):
            yield each.name
        elif isinstance(each, ast.Assign | ast.AnnAssign):
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


UNITS = ("seconds", "bytes", "pixels", "shape", "fraction", "(n,", "(batch", "C x H x W", "n x", "epochs", "images a")


def _count_function(numbers: Numbers, function: Function) -> None:
    docstring = ast.get_docstring(function) or ""
    start = function.body[0].lineno if not docstring or len(function.body) == 1 else function.body[1].lineno
    numbers.functions.append((function.end_lineno or start) - start + 1)
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    numbers.typed.append(
        all(each.annotation or each.arg in ("self", "cls") for each in arguments) and bool(function.returns)
    )
    numbers.documented.append(bool(docstring))
    if not function.name.startswith("_"):
        numbers.public_documented.append(bool(docstring))
    numbers.raising += "Raises" in docstring
    numbers.measured += any(unit in docstring for unit in UNITS)


def _named(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def _typescript(folder: Path) -> Numbers:
    """Count by lines, and functions by the TypeScript parser."""
    numbers = Numbers(functions=_typescript_functions(folder))
    for source in sorted(
        each for each in folder.rglob("*") if each.suffix in TYPESCRIPT and each.name != "schema.d.ts"
    ):
        text = source.read_text()
        lines = [line.strip() for line in text.splitlines()]
        _count_lines(numbers, text, sum(line.startswith(("//", "/*", "*")) for line in lines))
        numbers.loose += sum(line.count(" as ") - line.count(" as const") for line in lines if "import" not in line)
        numbers.loose += text.count(": any") + text.count("eslint-disable")
        numbers.public += sum(line.startswith("export ") for line in lines)
    return numbers


def _typescript_functions(folder: Path) -> list[int]:
    found = node.find()
    assert found is not None, "make setup brings Node.js"
    script = HERE / "frontend" / "scripts" / "functions.mjs"
    done = subprocess.run([found.program, script, folder], capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


if __name__ == "__main__":
    main(sys.argv[1:])
