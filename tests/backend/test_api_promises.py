"""What the API of a released version promised is answered still: routes, parameters, fields, enum values, events.

`tests/fixtures/api/` holds the OpenAPI document of each version, without its prose.
"""

import json
from pathlib import Path

import pytest

from backend.main import create_app
from backend.notifier import CeleryNotifier
from backend.settings import Settings
from skiplab.contract.events import EventType
from tests.backend.promises import promises

RELEASED = sorted((Path(__file__).parents[1] / "fixtures" / "api").glob("*.json"))


@pytest.fixture(scope="module")
def today() -> set[str]:
    return promises(create_app(Settings(), CeleryNotifier("memory://")).openapi())


def test_there_are_released_versions_to_keep_to() -> None:
    assert RELEASED


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_every_promise_of_a_released_version_is_kept(released: Path, today: set[str]) -> None:
    promised = promises(json.loads(released.read_text()))
    assert sorted(promised - today) == []


def test_a_removed_field_is_a_broken_promise() -> None:
    """The comparison itself follows references, lists and unions."""
    run = {
        "type": "object",
        "properties": {"spec": {"anyOf": [{"$ref": "#/components/schemas/Spec"}, {"type": "null"}]}},
    }
    answer = {
        "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Run"}}}}
    }
    document = {
        "paths": {"/runs": {"get": {"responses": {"200": answer}}}},
        "components": {"schemas": {"Run": run, "Spec": {"properties": {"model": {"enum": ["cnn"], "type": "string"}}}}},
    }
    assert promises(document) == {
        "GET /runs",
        "GET /runs 200 : array",
        "GET /runs 200 []: object",
        "GET /runs 200 [].spec: null",
        "GET /runs 200 [].spec.model: string",
        "GET /runs 200 [].spec.model = 'cnn'",
    }


def test_every_type_of_event_is_described_with_its_payload() -> None:
    schemas = create_app(Settings(), CeleryNotifier("memory://")).openapi()["components"]["schemas"]
    described = schemas["EventPayloads"]["properties"]
    assert [*described] == [event.value for event in EventType]
    for event in EventType:
        assert described[event.value] == {"$ref": f"#/components/schemas/{event.payload.__name__}"}


def test_no_two_types_of_event_carry_the_same() -> None:
    assert len({event.payload for event in EventType}) == len(EventType)
