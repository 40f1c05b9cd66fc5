"""Statements of the hot path, compiled once: looking a statement up in SQLAlchemy's cache and binding its parameters
takes longer than its execution by SQLite."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Delete, Dialect, Insert, Select, Update
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.compiler import SQLCompiler

Row = Mapping[str, Any]
Process = Callable[[Any], Any]


class Prepared:
    """An INSERT, UPDATE or DELETE. The rows of one call have the same columns; nothing is returned."""

    def __init__(self, compose: Callable[[str], Insert | Update | Delete]) -> None:
        """`compose` returns the statement for a dialect, by name."""
        self._compose = compose
        self._compiled: dict[tuple[str, tuple[str, ...]], _Compiled] = {}

    def execute(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Execute it once for each row, of which there is at least one."""
        self._of(connection.dialect, tuple(rows[0])).execute(connection, rows)

    def execute_stored(self, connection: Connection, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Execute it once for each row of at least two columns, whose values are already as the database stores them.

        `names` are those of the columns. For thousands of rows: it converts nothing.
        """
        if rows:
            self._of(connection.dialect, tuple(names)).execute_stored(connection, rows)

    def _of(self, dialect: Dialect, names: tuple[str, ...]) -> "_Compiled":
        compiled = self._compiled.get((dialect.name, names))
        if compiled is None:
            compiled = self._compiled[dialect.name, names] = _Compiled(self._compose(dialect.name), names, dialect)
        return compiled


class PreparedRow:
    """A SELECT of one row at most."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._names = statement.selected_columns.keys()
        self._compiled: dict[str, _Compiled] = {}
        self._processes: dict[str, list[Process | None]] = {}

    def first(self, connection: Connection, values: Row) -> dict[str, Any] | None:
        """Return the row by the names of its columns; None if there is none. `values`: all parameters."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, tuple(values), dialect)
        result = compiled.execute(connection, [values])
        processes = self._processes.get(dialect.name)
        if processes is None:
            processes = self._processes[dialect.name] = result_processes(self._statement.selected_columns, result)
        row = result.first()
        if row is None:
            return None
        columns = zip(self._names, row, processes, strict=True)
        return {name: value if process is None else process(value) for name, value, process in columns}


def driver_rows(result: CursorResult[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a SELECT unconverted, as the driver returns them. A `Row` of each takes as long again."""
    return list(_cursor(result).fetchall())


def result_processes(
    columns: Iterable[ColumnElement[Any]], result: CursorResult[Any]
) -> list[Callable[[Any], Any] | None]:
    """Return for each column what converts a value of the driver; None where nothing has to."""
    dialect = result.dialect
    found = zip(columns, _cursor(result).description, strict=True)
    return [column.type.dialect_impl(dialect).result_processor(dialect, each[1]) for column, each in found]


def _cursor(result: CursorResult[Any]) -> DBAPICursor:
    assert result.cursor is not None, "the statement returns rows"
    return result.cursor


class _Compiled:
    def __init__(
        self, statement: Insert | Update | Delete | Select[Any], names: Sequence[str], dialect: Dialect
    ) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        assert isinstance(compiled, SQLCompiler)
        assert not [*compiled.insert_prefetch, *compiled.update_prefetch], "defaults of columns are not computed"
        self._sql = str(compiled)
        self._names = names
        self._positions = compiled.positiontup  # None if the driver takes parameters by name
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        processes = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self._processes: Mapping[str, Process] = {name: each for name, each in processes.items() if each is not None}

    def execute(self, connection: Connection, rows: Sequence[Row]) -> CursorResult[Any]:
        parameters = [self._parameters(row) for row in rows]
        return connection.exec_driver_sql(self._sql, parameters if len(parameters) > 1 else parameters[0])

    def execute_stored(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        assert not self._constants, "the statement has parameters besides the columns"
        if self._positions is None:
            parameters: list[Any] = [dict(zip(self._names, row, strict=True)) for row in rows]
        else:
            parameters = list(map(itemgetter(*map(self._names.index, self._positions)), rows))
        connection.exec_driver_sql(self._sql, parameters if len(parameters) > 1 else parameters[0])

    def _parameters(self, row: Row) -> Any:
        values = {**self._constants, **row}
        for name, process in self._processes.items():
            values[name] = process(values[name])
        return values if self._positions is None else tuple([values[name] for name in self._positions])
