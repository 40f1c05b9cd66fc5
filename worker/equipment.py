"""Devices, driver and PyTorch of this machine, for `skiplab doctor`, without initialising CUDA."""

import pynvml

from skiplab.contract.worker import Equipment
from worker import devices


def equipment() -> Equipment:
    try:
        import torch

        version, cuda, problem = torch.__version__, torch.version.cuda, None
    except (ImportError, OSError) as error:  # OSError: a shared library cannot be loaded
        version, cuda, problem = None, None, str(error)
    driver, driver_cuda = _driver()
    return Equipment(
        devices=devices.slot_devices(None),
        driver=driver,
        driver_cuda=driver_cuda,
        torch=version,
        torch_cuda=cuda,
        torch_problem=problem,
    )


def _driver() -> tuple[str | None, str | None]:
    """Return the driver's version, and the newest CUDA version that it supports."""
    with devices.nvml() as there:
        if not there:
            return None, None
        newest = pynvml.nvmlSystemGetCudaDriverVersion_v2()
        return str(pynvml.nvmlSystemGetDriverVersion()), f"{newest // 1000}.{newest % 1000 // 10}"
