"""What Compose's file promises, read without an engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
EXAMPLE = (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bounded_and_cannot_write_to_its_image(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert all("size=" in mount for mount in service["tmpfs"])
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert set(service["deploy"]["resources"]["limits"]) == {"memory", "pids"}


def test_images_run_as_a_user_that_is_given_by_number() -> None:
    users = re.findall(r"^USER (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert users == ["10001:10001"] * 2
    assert re.fullmatch(r"\$\{BROKER_USER:-\d+:\d+\}", SERVICES["redis"]["user"])


def test_the_worker_has_no_token_and_the_broker_a_password() -> None:
    assert SERVICES["worker"]["environment"]["SKIPLAB_TOKEN"] == ""
    assert SERVICES["worker"]["environment"]["SKIPLAB_TOKEN_FILE"] == ""
    assert "requirepass" in SERVICES["redis"]["command"][-1]
    for name in ("backend", "worker"):
        assert SERVICES[name]["environment"]["SKIPLAB_BROKER_PASSWORD_FILE"] == "/run/broker/password"


def test_every_variable_stands_in_the_example() -> None:
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))

    assert used - set(re.findall(r"^#(\w+)=", EXAMPLE, re.MULTILINE)) == set()


@pytest.mark.parametrize("image", ["PYTHON_IMAGE", "NODE_IMAGE"])
def test_an_image_to_build_upon_is_one_fact(image: str) -> None:
    (built,) = re.findall(rf"^ARG {image}=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    (composed,) = re.findall(rf"{image}: \$\{{{image}:-(.+)\}}", (ROOT / "docker-compose.yml").read_text())

    assert built == composed
