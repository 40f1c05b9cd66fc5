"""The order of those that wait, held against a plain list."""

import random
from collections.abc import Callable

import pytest

from backend.db import waiting
from backend.db.database import Database
from backend.db.tables import RunTable
from tests.databases import BOTH

pytestmark = BOTH


def test_many_moves_leave_the_order_that_a_list_would_have(database: Database, queued: Callable[..., int]) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw = random.Random(seed)
    line = [queued() for _ in range(6)]
    for _ in range(40):
        moved = draw.choice(line)
        others = [each for each in line if each != moved]
        place = draw.randrange(len(line))
        with database.write() as session:
            row = session.get_one(RunTable, moved)
            if place == len(others):
                waiting.put_last(session, row)
            elif place == 0 and draw.random() < 0.5:
                waiting.put_first(session, row)
            else:
                waiting.put_before(session, row, others[place])
        line = [*others[:place], moved, *others[place:]]
        if draw.random() < 0.2:
            line.append(queued())
        with database.read() as session:
            assert waiting.ids(session) == line
            assert waiting.next_one(session) == line[0]
            assert waiting.places(session, line) == {run: place for place, run in enumerate(line, start=1)}


def test_the_first_stays_as_urgent_as_it_is_when_it_is_moved_to_the_front(
    database: Database, queued: Callable[..., int]
) -> None:
    _, urgent = queued(), queued()
    with database.write() as session:
        row = session.get_one(RunTable, urgent)
        row.priority = 1
        waiting.put_first(session, row)
    with database.read() as session:
        assert session.get_one(RunTable, urgent).priority == 1


def test_there_is_no_place_before_a_run_that_does_not_wait(database: Database, queued: Callable[..., int]) -> None:
    alone = queued()
    with database.write() as session:
        row = session.get_one(RunTable, alone)
        waiting.put_first(session, row)
        waiting.put_last(session, row)
        for other in (alone, 99):
            with pytest.raises(waiting.NotWaiting):
                waiting.put_before(session, row, other)
    with database.read() as session:
        assert waiting.ids(session) == [alone]
