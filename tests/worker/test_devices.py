"""Names of devices."""

import re

import pytest

from worker import devices

EPYC = "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7763 64-Core Processor\n\nprocessor\t: 1\n"
XEON = "model name\t: Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz\n\n"
RASPBERRY = "processor\t: 0\nBogoMIPS\t: 108.00\n\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi 4\n"


@pytest.mark.parametrize(
    ("cpuinfo", "name"),
    [(EPYC, "AMD EPYC 7763 64-Core Processor"), (XEON, "Intel Xeon E5-2686 v4"), (RASPBERRY, "Raspberry Pi 4")],
)
def test_a_processor_is_called_by_its_model(cpuinfo: str, name: str) -> None:
    assert devices.processor(cpuinfo) == name


@pytest.mark.parametrize("cpuinfo", ["", "processor : 0\nFeatures : fp asimd\n", "model name\t: \n"])
def test_one_that_hides_its_model_is_called_by_its_architecture(cpuinfo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.processor", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")

    assert devices.processor(cpuinfo) == "aarch64"


def test_the_cores_are_those_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {3})

    assert re.fullmatch(r".+, 1 core", devices.cpu_name())
    assert "x86_64" not in devices.cpu_name()


def test_a_system_that_binds_no_process_to_cores_has_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: 8)

    assert devices.usable_cores() == 8


@pytest.mark.parametrize(
    ("system", "machine", "hidden", "kind"),
    [("Darwin", "arm64", None, "mps"), ("Darwin", "arm64", "", "cpu"), ("Darwin", "x86_64", None, "cpu")],
)
def test_a_mac_with_apple_silicon_has_a_gpu_unless_it_is_hidden(
    system: str, machine: str, hidden: str | None, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if hidden is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)

    (device,) = devices.slot_devices(None)

    assert device.kind == kind
    assert devices.environment(device, slots=1)["CUDA_VISIBLE_DEVICES"] == ""
