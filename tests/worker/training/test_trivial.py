"""TrivialAugment equals torchvision's operations bit for bit."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from worker.training.trivial import OPERATIONS, STRENGTHS, Operation, augment


@pytest.fixture(scope="module")
def images() -> Tensor:
    """Smooth ones of full and of little contrast, noise, and a flat one; wider than high."""
    random = torch.Generator().manual_seed(0)
    smooth = interpolate(torch.rand(4, 3, 5, 5, generator=random) * 255, size=(24, 32), mode="bicubic")
    smooth[:2] = smooth[:2] * 0.3 + 60
    noise = torch.rand(2, 3, 24, 32, generator=random) * 256
    flat = torch.full((1, 3, 24, 32), 9.0)
    return torch.cat((smooth.clamp(0, 255), noise, flat)).byte().contiguous(memory_format=torch.channels_last)


def torchvisions(images: Tensor, operation: str, strength: float) -> Tensor:
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms.autoaugment import _apply_op

    return torch.stack(
        [_apply_op(image, operation, strength, InterpolationMode.NEAREST, fill=None) for image in images]
    )


def test_operations_and_ranges_are_those_of_torchvision() -> None:
    from torchvision.transforms import TrivialAugmentWide

    space = TrivialAugmentWide()._augmentation_space(STRENGTHS)

    assert [operation.name for operation in OPERATIONS] == list(space)
    assert [operation.either_way for operation in OPERATIONS] == [signed for _, signed in space.values()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_gives_torchvisions_bytes(images: Tensor, operation: Operation) -> None:
    from torchvision.transforms import TrivialAugmentWide

    theirs, _ = TrivialAugmentWide()._augmentation_space(STRENGTHS)[operation.name]
    for step in range(0, STRENGTHS, 6 if operation.strongest else STRENGTHS):
        for sign in (1, -1) if operation.either_way else (1,):
            # Every second image at another strength: one call serves both.
            steps = torch.tensor([step, STRENGTHS - 1 - step] * 4)[: len(images)]
            ours = operation.apply(images, operation.strengths(steps, torch.full((len(images),), sign < 0)))
            for part in (0, 1):
                strength = sign * float(theirs[steps[part]]) if theirs.ndim else 0.0
                expected = torchvisions(images[part::2], operation.name, strength)
                assert torch.equal(ours[part::2], expected), (step, sign)


def test_each_image_gets_one_operation_of_its_own(images: Tensor) -> None:
    picture = images[3].permute(1, 2, 0)
    many = picture.expand(2000, *picture.shape).contiguous()

    augmented = augment(many, np.random.default_rng(0))

    assert augmented.shape == many.shape
    assert augmented.dtype == torch.uint8
    unchanged = (augmented == many).flatten(1).all(1).double().mean().item()
    assert 1 / 14 < unchanged < 3 / 14  # the identity, and operations of no strength
    assert len({image.numpy().tobytes() for image in augmented}) > 200


def test_images_keep_their_places(images: Tensor) -> None:
    """Those that drew the identity tell: they come back where they were."""
    many = images.permute(0, 2, 3, 1).repeat(20, 1, 1, 1)

    once, again = (augment(many, np.random.default_rng(7)) for _ in range(2))
    random = np.random.default_rng(7)
    kinds = random.integers(len(OPERATIONS), size=len(many))

    assert torch.equal(once, again)
    untouched = torch.from_numpy(kinds == 0)
    assert untouched.sum() > 3
    assert torch.equal(once[untouched], many[untouched])
