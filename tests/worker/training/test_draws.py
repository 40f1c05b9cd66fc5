"""Random numbers by position: each seed, epoch and batch has its own."""

from worker.training import draws


def test_a_place_always_gives_the_same_numbers_and_no_two_places_share_them() -> None:
    def numbers(seed: int, epoch: int, batch: int | None) -> tuple[int, ...]:
        random = draws.of_epoch(seed, epoch) if batch is None else draws.of_batch(seed, epoch, batch)
        return tuple(random.integers(2**32, size=4))

    places = [
        (seed, epoch, batch) for seed in (0, 1, 2**31 - 1) for epoch in (1, 2, 1000) for batch in (None, 0, 1, 10**6)
    ]

    seen = [numbers(*place) for place in places]

    assert [numbers(*place) for place in reversed(places)] == seen[::-1]
    assert len(set(seen)) == len(places)
