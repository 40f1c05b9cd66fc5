"""Column types: UTC datetimes, sanitised text, and JSON that tolerates damage."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, String, TypeDecorator

from backend.db.safe_text import sanitised

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_microseconds(time: datetime) -> int:
    return (time - EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC. SQLite stores no zone, so it is stripped when bound and restored when read."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


class UtcMicroseconds(TypeDecorator[datetime]):
    """Aware datetimes in UTC as microseconds since 1970: a third as large as the text that SQLite stores."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else from_microseconds(value)


class SafeText(TypeDecorator[str]):
    """Text from programs and user code, without characters that a database cannot store."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else sanitised(value)


class StoredJson(TypeDecorator[Any]):
    """JSON; damaged text reads as None, so that one bad row does not break lists."""

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
"""None is stored as SQL NULL, not as JSON null."""
