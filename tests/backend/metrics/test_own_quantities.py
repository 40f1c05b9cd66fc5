"""Quantities of plugins' metrics: listed with the built-in ones, and kept after their plugin is removed."""

from fastapi.testclient import TestClient

from backend.db import quantities
from backend.db.database import Database
from backend.db.tables import QuantityTable
from skiplab.contract.quantities import Quantity

F1 = Quantity(
    key="test/f1", title="F1 (test)", unit="fraction", better="higher", part="test", lowest=None, plugin="mine.py"
)


def listed(api: TestClient) -> dict[str, dict[str, object]]:
    return {each["key"]: each for each in api.get("/api/v1/quantities").json()["items"]}


def test_an_announced_quantity_is_listed_behind_the_labs_own(api: TestClient, database: Database) -> None:
    with database.write() as session:
        quantities.announce(session, [F1])

    found = listed(api)
    assert next(iter(found)) == "train/loss"
    assert found["test/f1"] == F1.model_dump()


def test_a_quantity_that_no_plugin_offers_any_longer_keeps_its_title(api: TestClient, database: Database) -> None:
    with database.write() as session:
        quantities.announce(session, [F1])
        quantities.announce(session, [])
        assert quantities.offered(session) == {}

    assert (listed(api)["test/f1"]["title"], listed(api)["test/f1"]["plugin"]) == ("F1 (test)", None)


def test_a_quantity_that_this_version_cannot_read_has_safe_defaults(api: TestClient, database: Database) -> None:
    with database.write() as session:
        session.add(QuantityTable(key="test/odd", title="Odd", unit="furlongs", better="higher", plugin="odd.py"))

    assert (listed(api)["test/odd"]["unit"], listed(api)["test/odd"]["better"]) == ("none", "none")


def test_a_built_in_quantity_hides_a_plugins_with_the_same_key(api: TestClient, database: Database) -> None:
    with database.write() as session:
        quantities.announce(session, [F1.model_copy(update={"key": "test/loss", "title": "Theirs"})])

    keys = [each["key"] for each in api.get("/api/v1/quantities").json()["items"]]
    assert keys.count("test/loss") == 1
    assert listed(api)["test/loss"]["title"] != "Theirs"
