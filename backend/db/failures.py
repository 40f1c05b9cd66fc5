"""How a database can fail, by name."""


class DatabaseBusy(Exception):
    """The write lock, or a way to the database at all, was in use by others for longer than a transaction waits."""


class DatabaseAway(DatabaseBusy):
    """The database's server does not answer, or has ended the connection. It may be back in a moment."""


class DatabaseUnusable(Exception):
    """The disk is full or failing, or the file is damaged, locked away or no database at all."""


class NumberTooLarge(Exception):
    """A number does not fit into the 64 bits that the database has for one."""

    def __init__(self) -> None:
        super().__init__("A number is too large: the database holds whole numbers below 2^63.")


class TextRefused(Exception):
    """A text holds NUL, which PostgreSQL has no place for, or half of a character, which no UTF-8 has one for."""

    def __init__(self) -> None:
        super().__init__(
            "A text holds the character NUL or half of one, which this lab's database cannot keep: leave it out."
        )
