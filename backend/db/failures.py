"""Database errors."""


class DatabaseBusy(Exception):
    """The write lock or a connection was not available before the timeout."""


class DatabaseUnreachable(DatabaseBusy):
    """The server does not respond or closed the connection; a retry may succeed."""


class DatabaseUnusable(Exception):
    """The disk is full or failing, or the file is damaged, inaccessible or not a database."""


class NumberTooLarge(Exception):
    """A number does not fit into a 64-bit integer column."""

    def __init__(self) -> None:
        super().__init__("A number is too large: integers must be below 2^63.")


class TextRefused(Exception):
    """A text contains NUL, which PostgreSQL cannot store, or a lone surrogate, which UTF-8 cannot encode."""

    def __init__(self) -> None:
        super().__init__(
            "A text contains a NUL character or a lone surrogate, which the database cannot store: remove it."
        )
