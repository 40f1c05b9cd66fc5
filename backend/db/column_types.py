"""What columns hold beyond the database's own types: moments, texts of any kind, JSON that may be damaged."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, String, TypeDecorator

from backend.db.whole_texts import whole


def utc_now() -> datetime:
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC. SQLite keeps no zone: it is taken off on the way in and put on again on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


class Said(TypeDecorator[str]):
    """What a program or a network's code has said: any text is kept, without what a database has no place for."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else whole(value)


class StoredJson(TypeDecorator[Any]):
    """JSON of which a damaged text reads as None, so that one bad row spoils no list."""

    impl = JSON
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        parse = super().result_processor(dialect, coltype) or (lambda value: value)

        def lenient(value: Any) -> Any:
            try:
                return parse(value)
            except ValueError:
                return None

        return lenient


JSON_OR_NULL = StoredJson(none_as_null=True)
"""None is SQL's NULL and not JSON's."""
