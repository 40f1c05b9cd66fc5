"""Names of parameters by which network builders take the number of classes and the shape of images."""

from typing import Any

from skiplab.contract.check import ImageShape as Shape

CLASSES = (
    "classes",
    "num_classes",
    "n_classes",
    "nclasses",
    "numclasses",
    "nb_classes",
    "n_class",
    "num_class",
    "class_num",
    "classes_num",
    "class_count",
    "number_of_classes",
    "num_labels",
    "n_labels",
    "num_outputs",
    "n_outputs",
)
SHAPES = ("image_shape", "input_shape", "img_shape", "in_shape")
CHANNELS = (
    "in_channels",
    "channels",
    "in_chans",
    "num_channels",
    "n_channels",
    "input_channels",
    "image_channels",
    "img_channels",
    "in_channel",
    "input_channel",
    "in_ch",
)
SIDES = ("img_size", "image_size", "input_size", "imgsize", "im_size", "img_dim", "resolution", "input_resolution")

FLAT = ("input_size", "img_dim")
"""Names among SIDES that may also mean the size of a flattened image, or the units of a layer."""

SMALLEST_SIDE, LARGEST_SIDE = 16, 512
"""Range in pixels of default image sizes."""

LIKELY_CLASSES = (
    "nc",
    "ncls",
    "n_cls",
    "num_cls",
    "categories",
    "num_categories",
    "outputs",
    "out_features",
    "output_size",
    "output_dim",
    "out_dim",
    "n_out",
    "num_out",
)
"""Names that mean the number of classes if there are no other unknown parameters."""

LETTERS = ("n", "k", "c")
"""The same, but only for functions: the `n` of a class is often its number of blocks."""

LIKELY_SHAPES = ("shape",)

CONFIGS = ("cfg", "config", "conf", "args", "opt", "opts", "options", "hparams", "params")


def values_by_name(classes: int, image_shape: Shape) -> dict[str, Any]:
    """Return the value of each known parameter name. `image_shape`: (C, H, W)."""
    channels, height, width = image_shape
    side = height if height == width else (height, width)
    return {
        **dict.fromkeys(CLASSES, classes),
        **dict.fromkeys(SHAPES, image_shape),
        **dict.fromkeys(CHANNELS, channels),
        **dict.fromkeys(SIDES, side),
    }
