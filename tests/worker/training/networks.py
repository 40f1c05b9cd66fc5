"""Networks with properties that telemetry must handle. All take N x 3 x 32 x 32."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations
from torch.utils.checkpoint import checkpoint

Build = Callable[..., nn.Module]


class Unit(nn.Module):
    """What the others repeat."""

    def __init__(self, channels: int = 8) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.b(functional.relu(self.a(x)))
        return y


class Base(nn.Module):
    """A stem, two units, and a head on the mean of the positions."""

    def __init__(self, unit: Callable[[], nn.Module] = Unit) -> None:
        super().__init__()
        self.stem, self.one, self.two, self.fc = nn.Conv2d(3, 8, 3, padding=1), unit(), unit(), nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.fc(self.two(self.one(self.stem(x))).mean((2, 3)))
        return logits


class Embedded(Base):
    """A layer that is fed whole numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.bins = nn.Embedding(4, 8)

    def forward(self, x: Tensor) -> Any:
        x = self.two(self.one(self.stem(x))).mean((2, 3))
        return self.fc(x + self.bins((x[:, 0].detach() > 0).long()))


class ByKeyword(Base):
    def forward(self, x: Tensor) -> Any:
        return self.fc(input=self.two(x=self.one(x=self.stem(input=x))).mean((2, 3)))


class Shared(nn.Module):
    """One convolution used four times, fed by zeros the last three."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv, self.fc = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3, padding=1), nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Any:
        x = self.conv(self.stem(x))
        for _ in range(3):
            x = x + self.conv(x.clamp(max=0) * 0)
        return self.fc(x.mean((2, 3)))


class Checkpointed(Base):
    def __init__(self, *, reentrant: bool) -> None:
        super().__init__()
        self.reentrant = reentrant

    def forward(self, x: Tensor) -> Any:
        x = self.stem(x)
        for unit in (self.one, self.two):
            x = checkpoint(unit, x, use_reentrant=self.reentrant)
        return self.fc(functional.relu(x).mean((2, 3)))


class TupleUnit(Unit):
    def forward(self, x: Tensor) -> Any:
        y = super().forward(x)
        return y, y * 2


class GivesTuples(Base):
    def __init__(self) -> None:
        super().__init__(TupleUnit)

    def forward(self, x: Tensor) -> Any:
        x, _ = self.one(self.stem(x))
        x, _ = self.two(x)
        return self.fc(x.mean((2, 3)))


class DictUnit(Unit):
    """One tensor in a dictionary: no doubt which."""

    def forward(self, x: Tensor) -> Any:
        return {"out": super().forward(x)}


class GivesDictionaries(Base):
    def __init__(self) -> None:
        super().__init__(DictUnit)

    def forward(self, x: Tensor) -> Any:
        return self.fc(self.two(self.one(self.stem(x))["out"])["out"].mean((2, 3)))


class InDictionary(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        stem = nn.ModuleDict({"conv": nn.Conv2d(3, 8, 3)})
        self.parts = nn.ModuleDict({"stem": stem, "one": Unit(), "two": Unit(), "fc": nn.Linear(8, 10)})

    def forward(self, x: Tensor) -> Any:
        p: Any = self.parts
        return p["fc"](p["two"](p["one"](p["stem"]["conv"](x))).mean((2, 3)))


class Holder(nn.Module):
    """Callable, but never called: only what it holds is."""

    def __init__(self) -> None:
        super().__init__()
        self.units = nn.ModuleList([Unit(), Unit()])

    def forward(self, x: Tensor) -> Any:
        for unit in self.units:
            x = unit(x)
        return x


class HeldOnly(Base):
    def __init__(self) -> None:
        super().__init__(Holder)

    def forward(self, x: Tensor) -> Any:
        x = self.stem(x)
        for holder in (self.one, self.two):
            assert isinstance(holder, Holder)
            for unit in holder.units:
                x = unit(x)
        return self.fc(x.mean((2, 3)))


class Tokens(nn.Module):
    """N x T x C; half of what `second` is fed is always zero, in every token."""

    mask: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.first = nn.Conv2d(3, 8, 2, 2), nn.Linear(8, 16)
        self.second, self.fc = nn.Linear(16, 8), nn.Linear(8, 10)
        self.register_buffer("mask", (torch.arange(16) < 8).float())

    def forward(self, x: Tensor) -> Any:
        x = self.patch(x).flatten(2).transpose(1, 2)
        return self.fc(self.second((self.first(x).square() + 1) * self.mask).mean(1))


class ChannelsLast(Tokens):
    """N x H x W x C, as in ConvNeXt."""

    def forward(self, x: Tensor) -> Any:
        x = self.patch(x).permute(0, 2, 3, 1)
        return self.fc(self.second((self.first(x).square() + 1) * self.mask).mean((1, 2)))


class Frozen(Base):
    def __init__(self) -> None:
        super().__init__()
        for part in (self.stem, self.one):
            part.requires_grad_(False)


class WithoutGradient(Base):
    def forward(self, x: Tensor) -> Any:
        with torch.no_grad():
            x = self.one(self.stem(x))
        return self.fc(self.two(x).mean((2, 3)))


class NormedWeights(Base):
    """`weight` is computed; that of spectral norm changes whenever it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        parametrizations.weight_norm(self.stem)
        parametrizations.spectral_norm(self.fc)
        assert isinstance(self.one.a, nn.Conv2d)
        nn.utils.spectral_norm(self.one.a)


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem, self.up, self.fc = nn.Linear(3072, 16), nn.Linear(16, 16), nn.Linear(16, 10)
        self.again = nn.Linear(16, 16)
        self.again.weight = self.up.weight

    def forward(self, x: Tensor) -> Any:
        return self.fc(self.again(functional.relu(self.up(self.stem(x.flatten(1))))))


class OtherTypes(Base):
    """Weights in half and double precision, complex and of whole numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.short, self.long = nn.Linear(8, 8, dtype=torch.bfloat16), nn.Linear(8, 8, dtype=torch.float64)
        self.turn = nn.Linear(8, 8, dtype=torch.complex64)
        self.table = nn.Module()
        self.table.weight = nn.Parameter(torch.ones(8, 8, dtype=torch.int8), requires_grad=False)

    def forward(self, x: Tensor) -> Any:
        x = self.two(self.one(self.stem(x))).mean((2, 3))
        x = self.long(self.short(x.bfloat16()).double()).float()
        return self.fc(self.turn(x.to(torch.complex64)).real)


class InPlace(Base):
    """What layers and units give is changed in place, one of them as a view."""

    def forward(self, x: Tensor) -> Any:
        x = self.stem(x).relu_()
        x = self.one(x).flatten(2).mul_(2).view_as(x)
        return self.fc(functional.relu(self.two(x), inplace=True).mean((2, 3)))


class Skipping(Base):
    """Stochastic depth, by torch's generator; `unused` is never called."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = Unit()

    def forward(self, x: Tensor) -> Any:
        x = self.stem(x)
        for unit in (self.one, self.two):
            if not self.training or torch.rand(()) < 0.5:
                x = unit(x)
        return self.fc(functional.dropout(x, 0.2, self.training).mean((2, 3)))


class NoWeight(Base):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(8, affine=False)

    def forward(self, x: Tensor) -> Any:
        return self.fc(self.norm(self.two(self.one(self.stem(x)))).mean((2, 3)))


class GivesParameter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, 8))

    def forward(self) -> Tensor:
        return self.weight


class Positioned(Base):
    """A module without inputs that gives its own parameter away, to which hooks would stick."""

    def __init__(self) -> None:
        super().__init__()
        self.place = GivesParameter()

    def forward(self, x: Tensor) -> Any:
        return self.fc(self.two(self.one(self.stem(x))).mean((2, 3)) + self.place())


def scripted() -> nn.Module:
    whole: nn.Module = torch.jit.script(Base())
    return whole


def partly_traced() -> nn.Module:
    net = Base()
    net.one = torch.jit.trace(net.one, torch.zeros(2, 8, 8, 8))  # type: ignore[no-untyped-call]
    return net


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "embedding": Embedded,
    "keywords": ByKeyword,
    "shared": Shared,
    "checkpoint": lambda: Checkpointed(reentrant=False),
    "reentrant checkpoint": lambda: Checkpointed(reentrant=True),
    "tuples": GivesTuples,
    "dictionaries": GivesDictionaries,
    "ModuleDict": InDictionary,
    "held only": HeldOnly,
    "tokens": Tokens,
    "channels last": ChannelsLast,
    "frozen": Frozen,
    "no_grad": WithoutGradient,
    "computed weights": NormedWeights,
    "tied": Tied,
    "other types": OtherTypes,
    "in place": InPlace,
    "skipping": Skipping,
    "no weight": NoWeight,
    "parameter": Positioned,
    "data parallel": lambda: nn.DataParallel(Base()),
    "scripted": scripted,
    "partly traced": partly_traced,
}


def builder(name: str) -> Build:
    """As `fit` wants it."""

    def build(_key: str, **_: Any) -> nn.Module:
        return NETWORKS[name]()

    return build
