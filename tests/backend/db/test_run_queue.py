"""The order of those that wait, held against a plain list."""

import random
from collections.abc import Callable

import pytest

from backend.db import run_queue
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
                run_queue.put_last(session, row)
            elif place == 0 and draw.random() < 0.5:
                run_queue.put_first(session, row)
            else:
                run_queue.put_before(session, row, others[place])
        line = [*others[:place], moved, *others[place:]]
        if draw.random() < 0.2:
            line.append(queued())
        with database.read() as session:
            assert run_queue.ids(session) == line
            assert run_queue.next_one(session) == line[0]
            assert run_queue.places(session, line) == {run: place for place, run in enumerate(line, start=1)}


def test_the_first_stays_as_urgent_as_it_is_when_it_is_moved_to_the_front(
    database: Database, queued: Callable[..., int]
) -> None:
    _, urgent = queued(), queued()
    with database.write() as session:
        row = session.get_one(RunTable, urgent)
        row.priority = 1
        run_queue.put_first(session, row)
    with database.read() as session:
        assert session.get_one(RunTable, urgent).priority == 1


def test_a_run_cannot_be_moved_before_one_that_is_not_queued(database: Database, queued: Callable[..., int]) -> None:
    alone = queued()
    with database.write() as session:
        row = session.get_one(RunTable, alone)
        run_queue.put_first(session, row)
        run_queue.put_last(session, row)
        for other in (alone, 99):
            with pytest.raises(run_queue.NotQueued):
                run_queue.put_before(session, row, other)
    with database.read() as session:
        assert run_queue.ids(session) == [alone]
