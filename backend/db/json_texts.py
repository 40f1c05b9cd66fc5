"""The texts of a list in a JSON column, as rows: each database has its own function for that."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class json_texts(GenericFunction[str]):  # noqa: N801  # a function, as those of `sqlalchemy.func`
    """Use with `.table_valued("value")`."""

    inherit_cache = True


@compiles(json_texts, "sqlite")
def _sqlite(function: json_texts, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_each{compiler.function_argspec(function, **given)}"


@compiles(json_texts, "postgresql")
def _postgresql(function: json_texts, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_array_elements_text{compiler.function_argspec(function, **given)}"
