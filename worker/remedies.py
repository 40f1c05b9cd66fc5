"""What to do about the errors that other people's networks most often raise here."""

import re
import sys
from pathlib import Path

CHANNELS = re.compile(r"weight of size \[\d+, (\d+).*expected input\[\d+, (\d+)")
NO_GPU = ("NVIDIA driver", "not compiled with CUDA", "No CUDA GPUs", "on a CUDA device but torch.cuda.is_available()")
TOO_SMALL = ("Output size is too small", "Kernel size can't be greater than actual input size")


def remedy(error: BaseException) -> str | None:
    """One sentence; None where there is nothing to say beside the error itself."""
    text = str(error)
    return next(
        (said for each in (_of_imports, _of_files, _of_devices, _of_images) if (said := each(error, text))), None
    )


def with_remedy(sentence: str, error: BaseException) -> str:
    said = remedy(error)
    return f"{sentence.removesuffix('.')}. {said}" if said else sentence


def _of_imports(error: BaseException, text: str) -> str | None:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return (
            f"Put {error.name.partition('.')[0]} beside the plugin, or install the package that has it into the lab's"
            f" environment ({sys.prefix}); then save the plugin again."
        )
    if isinstance(error, ImportError) and "no known parent package" in text:
        return "Put the whole package's folder into plugins/, and beside it a file that imports from it."
    if isinstance(error, NameError) and "get_ipython" in text:
        return "Leave the notebook's own commands out: lines with get_ipython(), % or !."
    return None


def _of_files(error: BaseException, _text: str) -> str | None:
    if not isinstance(error, FileNotFoundError) or not isinstance(error.filename, str):
        return None
    if Path(error.filename).is_absolute():
        return None
    return f"Paths begin in the lab's working folder, {Path.cwd()}: write Path(__file__).parent / {error.filename!r}."


def _of_devices(_error: BaseException, text: str) -> str | None:
    if any(sign in text for sign in NO_GPU):
        return "Leave .cuda() and .to('cuda') out: the lab places the network. Load weights with map_location='cpu'."
    if "Expected all tensors to be on the same device" in text:
        return "Register tensors that forward() uses as buffers, or make them on the images' device."
    return None


def _of_images(_error: BaseException, text: str) -> str | None:
    if (found := CHANNELS.search(text)) and found[2] == "3":
        return f"Images have 3 channels here, grey ones as well: the first layer wants {found[1]}."
    if any(sign in text for sign in TOO_SMALL):
        return "The images are too small for it: choose larger ones, and declare smallest=, the pixels a side it needs."
    if "mat1 and mat2 shapes cannot be multiplied" in text:
        return (
            "A linear layer fits images of another size: compute its width from image_shape, use nn.LazyLinear, or pool"
            " before it with nn.AdaptiveAvgPool2d."
        )
    return None
