"""Cutout, mixup and cutmix: how much is erased or mixed, and where."""

import numpy as np
import pytest
import torch
from torch import Tensor

from worker.training.mixing import cut_out, mix


def ones(count: int, height: int = 12, width: int = 16) -> Tensor:
    return torch.ones(count, 3, height, width).contiguous(memory_format=torch.channels_last)


def shades(count: int, height: int = 12, width: int = 16) -> Tensor:
    """Images of one flat shade each: 0, 1, 2 ..."""
    return ones(count, height, width) * torch.arange(float(count)).view(-1, 1, 1, 1)


@pytest.mark.parametrize("side", [1, 4, 5])
def test_cutout_erases_one_square_that_may_hang_over_an_edge(side: int) -> None:
    images = cut_out(ones(400), side, np.random.default_rng(0))

    sizes, firsts = set(), set()
    for image in images:
        erased = image == 0
        assert torch.equal(erased[0], erased[1])
        assert torch.equal(erased[0], erased[2])
        rows, columns = erased[0].any(1), erased[0].any(0)
        assert torch.equal(erased[0], rows.unsqueeze(1) & columns)  # a box, in one piece or not
        for covered in (rows, columns):
            places = covered.nonzero().flatten()
            assert torch.equal(places, torch.arange(len(places)) + places[0])  # in one piece
        sizes.add((int(rows.sum()), int(columns.sum())))
        firsts.add((int(rows.nonzero()[0]), int(columns.nonzero()[0])))
    assert max(sizes) == (side, side)
    assert min(sizes) == ((side + 1) // 2, (side + 1) // 2)  # in a corner
    assert len(firsts) > 80


def test_cutout_of_a_side_beyond_the_image_erases_it_all() -> None:
    assert not cut_out(ones(10), 64, np.random.default_rng(0)).any()


def test_mixup_keeps_its_share_of_each_image_and_takes_the_rest_from_the_one_before() -> None:
    mixed, share = mix(shades(5), mixup=0.4, cutmix=0, random=np.random.default_rng(0))

    assert 0 < share < 1
    expected = share * torch.arange(5.0) + (1 - share) * torch.tensor([4.0, 0, 1, 2, 3])
    assert torch.allclose(mixed, expected.view(-1, 1, 1, 1).expand_as(mixed))


def test_mixup_of_a_small_alpha_mostly_leaves_images_alone_and_of_a_large_one_halves_them() -> None:
    def away_from_half(alpha: float) -> float:
        random = np.random.default_rng(0)
        shares = [mix(shades(2, 1, 1), mixup=alpha, cutmix=0, random=random)[1] for _ in range(500)]
        return float(np.std(shares))

    # The deviation of Beta(a, a) is 1 / (2 sqrt(2a + 1)).
    assert away_from_half(0.1) == pytest.approx(1 / (2 * 1.2**0.5), rel=0.1)
    assert away_from_half(10) == pytest.approx(1 / (2 * 21**0.5), rel=0.1)


def test_cutmix_pastes_one_box_of_the_image_before_at_the_same_place() -> None:
    random = np.random.default_rng(0)
    boxes = set()
    for _ in range(200):
        mixed, share = mix(shades(4), mixup=0, cutmix=1, random=random)

        pasted = mixed[1, 0] == 0
        assert torch.equal(mixed, torch.where(pasted, shades(4).roll(1, 0), shades(4)))
        assert torch.equal(pasted, pasted.any(1, keepdim=True) & pasted.any(0))
        assert share == pytest.approx(1 - pasted.sum().item() / pasted.numel())
        boxes.add(tuple(pasted.flatten().tolist()))
    assert len(boxes) > 100


def test_of_mixup_and_cutmix_each_batch_takes_one() -> None:
    random = np.random.default_rng(0)
    whole = [
        torch.equal(mixed, mixed.round())  # a paste leaves the shades as they are
        for mixed, _ in (mix(shades(4), mixup=1, cutmix=1, random=random) for _ in range(200))
    ]

    assert 60 < sum(whole) < 140
