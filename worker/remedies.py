"""Suggestions for the errors that plugins most often raise."""

import re
import sys
from pathlib import Path

CHANNELS = re.compile(r"weight of size \[\d+, (\d+).*expected input\[\d+, (\d+)")
NO_GPU = ("NVIDIA driver", "not compiled with CUDA", "No CUDA GPUs", "on a CUDA device but torch.cuda.is_available()")
TOO_SMALL = ("Output size is too small", "Kernel size can't be greater than actual input size")


def remedy(error: BaseException) -> str | None:
    """Return a sentence on how to fix the error; None if there is no suggestion."""
    text = str(error)
    return next(
        (advice for each in (_of_imports, _of_files, _of_devices, _of_images) if (advice := each(error, text))), None
    )


def with_remedy(sentence: str, error: BaseException) -> str:
    """Append the suggestion for an error to a sentence about it."""
    advice = remedy(error)
    return f"{sentence.removesuffix('.')}. {advice}" if advice else sentence


def _of_imports(error: BaseException, text: str) -> str | None:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return (
            f"Put {error.name.partition('.')[0]} beside the plugin, or install its package into Skiplab's environment"
            f" ({sys.prefix}), then save the plugin again."
        )
    if isinstance(error, ImportError) and "no known parent package" in text:
        return "Put the package's folder into plugins/, with a file beside it that imports from the package."
    if isinstance(error, NameError) and "get_ipython" in text:
        return "Remove notebook commands: lines with get_ipython(), % or !."
    return None


def _of_files(error: BaseException, _text: str) -> str | None:
    if not isinstance(error, FileNotFoundError) or not isinstance(error.filename, str):
        return None
    if Path(error.filename).is_absolute():
        return None
    return (
        f"Relative paths start at the worker's working directory, {Path.cwd()}. Write Path(__file__).parent /"
        f" {error.filename!r}."
    )


def _of_devices(_error: BaseException, text: str) -> str | None:
    if any(sign in text for sign in NO_GPU):
        return "Remove .cuda() and .to('cuda'): Skiplab moves the network. Load weights with map_location='cpu'."
    if "Expected all tensors to be on the same device" in text:
        return "Register tensors that forward() uses as buffers, or create them on the device of the images."
    return None


def _of_images(_error: BaseException, text: str) -> str | None:
    if (found := CHANNELS.search(text)) and found[2] == "3":
        return f"All images have 3 channels, grey ones too, but the first layer expects {found[1]}."
    if any(sign in text for sign in TOO_SMALL):
        return "The images are too small: use larger ones, and declare the minimum size in pixels with smallest=."
    if "mat1 and mat2 shapes cannot be multiplied" in text:
        return (
            "A linear layer expects another image size: compute its width from image_shape, use nn.LazyLinear, or apply"
            " nn.AdaptiveAvgPool2d before it."
        )
    return None
