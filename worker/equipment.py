"""What this machine has to train with, for `skiplab doctor`. Neither NVML nor torch's version wakes CUDA."""

import pynvml

from skiplab.contract.worker import Equipment
from worker import devices


def equipment() -> Equipment:
    try:
        import torch

        version, cuda, problem = torch.__version__, torch.version.cuda, None
    except (ImportError, OSError) as error:  # OSError: one of its libraries cannot be loaded
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
    """Its version, and the newest CUDA that it can run."""
    with devices.nvml() as there:
        if not there:
            return None, None
        newest = pynvml.nvmlSystemGetCudaDriverVersion_v2()
        return str(pynvml.nvmlSystemGetDriverVersion()), f"{newest // 1000}.{newest % 1000 // 10}"
