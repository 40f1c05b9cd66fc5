"""How the blocks of the lab's own networks are wired, for drawings. What is not known here is not drawn: a module tree
names layers, but not what is added to what."""

from collections.abc import Iterable

from torch import nn

from skiplab.contract.catalog import Block, BlockKind, BlockLayer
from worker.models import cnn, densenet, ladder, resnet, senet
from worker.models.squeeze import SEBlock


def blocks_of(model: nn.Module) -> list[Block] | None:
    """In their order; a network that repeats none is one block. None: not one of the lab's own."""
    if type(model) is cnn.Net:
        return [_block("the whole network", "plain", _layers(model))]
    if type(model) not in (resnet.ResNet, ladder.Ladder, senet.SENet, densenet.DenseNet):
        return None
    found = [_wired(name, module) for name, module in model.named_modules()]
    return [block for block in found if block is not None]


def _wired(name: str, module: nn.Module) -> Block | None:
    match module:
        case resnet.BasicBlock():
            kind: BlockKind = "plain" if module.shortcut is None else "residual"
            gates = [part for part in module.residual_function if isinstance(part, SEBlock)]
            main = [part for part in module.residual_function if isinstance(part, nn.Conv2d)]
            return _block(name, kind, main, side=module.shortcut, gate=gates[0] if gates else None)
        case ladder.Unit():
            kind = "residual" if module.residual else "plain"
            return _block(name, kind, [module.conv1, module.conv2], gate=module.se)
        case senet.BasicBlock():
            return _block(name, "residual", [module.conv1, module.conv2], side=module.downsample)
        case densenet._DenseLayer():
            return _block(name, "dense", [module.conv1, module.conv2])
        case SEBlock() if "." not in name:  # of the whole network, and in no block
            return _block(name, "plain", [], gate=module)
    return None


def _block(
    name: str,
    kind: BlockKind,
    main: Iterable[nn.Module],
    *,
    side: nn.Module | None = None,
    gate: nn.Module | None = None,
) -> Block:
    return Block(
        name=name,
        kind=kind,
        main=[_drawn(layer) for layer in main],
        shortcut=[] if side is None else [_drawn(layer) for layer in _layers(side)],
        gate=[] if gate is None else [_drawn(layer) for layer in _layers(gate)],
    )


def _layers(module: nn.Module) -> list[nn.Module]:
    return [part for part in module.modules() if isinstance(part, nn.Conv2d | nn.Linear)]


def _drawn(layer: nn.Module) -> BlockLayer:
    if isinstance(layer, nn.Linear):
        return BlockLayer(kernel=None, stride=1, channels_in=layer.in_features, channels_out=layer.out_features)
    assert isinstance(layer, nn.Conv2d)
    height, width = layer.kernel_size
    return BlockLayer(
        kernel=(height, width),
        stride=layer.stride[0],
        channels_in=layer.in_channels,
        channels_out=layer.out_channels,
    )
