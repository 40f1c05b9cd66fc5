"""Batches of events: what a listener gets of them."""

from backend.events.frame import Batch, Frame


def test_what_a_listener_has_seen_is_cut_off_a_batch() -> None:
    batch = Batch.of([Frame(id, run_id=id, encoded=b"%d " % id) for id in (3, 5, 6)])

    assert batch.after(2) is batch
    for seen, left in ((3, b"5 6 "), (4, b"5 6 "), (5, b"6 ")):
        following = batch.after(seen)
        assert following is not None
        assert (following.encoded, following.last_id) == (left, 6)
    assert batch.after(6) is None


def test_a_batch_of_some_runs_has_what_belongs_to_no_run_as_well() -> None:
    batch = Batch.of([Frame(1, 7, b"seven "), Frame(2, 8, b"eight "), Frame(3, None, b"all ")])

    assert batch.of_runs({7}) == b"seven all "
    assert Batch.of([Frame(1, 7, b"seven ")]).of_runs({8}) == b""
