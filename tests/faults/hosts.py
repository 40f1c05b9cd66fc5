"""Hosts for tests: network namespaces, each with a single link to this machine."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class Host:
    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self._space, self._wire = f"skiplab-{os.getpid()}-{number}", f"skl{os.getpid() % 10**6}-{number}"
        self.gateway, self._address = f"10.213.{number}.1", f"10.213.{number}.2"
        """This machine, as the host sees it."""

    def command(self, *words: str) -> list[str]:
        """The prefix of commands that run on the host."""
        return ["ip", "netns", "exec", self._space, *words]

    def cut_off(self) -> None:
        ip("link", "set", self._wire, "down")

    def reconnect(self) -> None:
        ip("link", "set", self._wire, "up")

    def set_up(self) -> None:
        ip("netns", "add", self._space)
        ip("link", "add", self._wire, "type", "veth", "peer", "name", "eth0", "netns", self._space)
        ip("address", "add", f"{self.gateway}/24", "dev", self._wire)
        ip("link", "set", self._wire, "up")
        ip("-n", self._space, "address", "add", f"{self._address}/24", "dev", "eth0")
        ip("-n", self._space, "link", "set", "eth0", "up")
        ip("-n", self._space, "link", "set", "lo", "up")

    def take_down(self) -> None:
        subprocess.run(["ip", "link", "del", self._wire], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", self._space], check=False, capture_output=True)


@contextmanager
def hosts(*names: str) -> Iterator[list[Host]]:
    """Skip the test if this user may not create network namespaces."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("network namespaces want root and `ip`")
    made = [Host(name, number) for number, name in enumerate(names, start=1)]
    try:
        for host in made:
            try:
                host.set_up()
            except subprocess.CalledProcessError as error:
                pytest.skip(f"no network namespaces here: {error.stderr}")
        yield made
    finally:
        for host in made:
            host.take_down()


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
