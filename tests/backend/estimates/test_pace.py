"""Paces from earlier runs, for as many networks and runs as a lab may have."""

from collections.abc import Sequence

from backend.db.checks import Subject
from backend.db.throughput import Throughput
from backend.estimates.pace import Known
from skiplab.contract.catalog import DatasetCard, ModelCard
from skiplab.contract.check import ImageShape


class Counting(Known):
    """Counts how often the costs of a network are gathered."""

    gathered: int = 0

    def _measured(
        self, model: str, subjects: Sequence[Subject], speeds: Sequence[Throughput]
    ) -> dict[tuple[ImageShape, int], float]:
        Counting.gathered += 1
        return super()._measured(model, subjects, speeds)


def test_the_costs_of_a_network_are_gathered_once_for_all_that_is_asked() -> None:
    networks = [f"net{place}" for place in range(60)]
    data = DatasetCard(
        key="digits", label="", available=True, source="", image_shape=(3, 32, 32), classes=[*map(str, range(10))]
    )
    known = Counting(
        models={key: ModelCard(key=key, label=key, flops=100 * (1 + place)) for place, key in enumerate(networks)},
        datasets={"digits": data},
        throughputs=[Throughput(networks[place % 30], "digits", None, 1000.0) for place in range(200)],
        checks={},
    )

    paces = {key: known.pace(key, "digits") for key in networks}

    assert Counting.gathered == len(networks)
    seen, unseen = paces["net0"], paces["net59"]
    assert seen is not None
    assert (seen.measured, seen.images_per_second) == (True, 1000)
    assert unseen is not None
    assert not unseen.measured
