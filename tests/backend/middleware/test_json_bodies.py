"""Validation of JSON bodies: every error has a short explanation."""

import asyncio
import json
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from backend.errors import MOST_ERRORS
from backend.middleware.json_bodies import DEEPEST, LARGE, MOST_CONTAINERS, JsonBodies, UnusableBody, check
from skiplab.contract.spec import RunSpec
from tests.backend.imports.test_uploads_api import PETS
from tests.backend.middleware.pieces import post_in_pieces

JSON = {"Content-Type": "application/json"}
RUN = '"model": "cnn", "dataset": "digits"'


def post(api: TestClient, path: str, body: str | bytes) -> tuple[int, str]:
    answer = api.post(f"/api/v1{path}", content=body, headers=JSON)
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    assert len(answer.content) < 50_000
    return answer.status_code, answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (f'{{{RUN}, "epochs": NaN}}', "NaN is not valid JSON"),
        (f'{{{RUN}, "clip_norm": Infinity}}', "Infinity is not valid JSON"),
        (f'{{{RUN}, "clip_norm": 1e999}}', "a number is too large"),
        (f'{{{RUN}, "train_limit": {"9" * 3000}}}', "a number of 3,000 digits"),
        (f'{{{RUN}, "train_limit": {"9" * 5000}}}', "a number of 5,000 digits"),
        (f'{{{RUN}, "name": "\\ud800"}}', "a lone surrogate"),
        (f'{{{RUN}, "tags": ["a\\udfff"]}}', "a lone surrogate"),
        (f'{{{RUN}, "\\ud800": 1}}', "a lone surrogate"),
        (f'{{{RUN}, "seed": 1, "seed": 2}}', "the key 'seed' is given twice"),
        (f'{{{RUN}, "tags": {"[" * 500}{"]" * 500}}}', "nested more than"),
        (f'{{{RUN}, "tags": {"[" * 100_000}{"]" * 100_000}}}', "nested more than"),
        (f'{{{RUN}, "tags": [{"[], " * MOST_CONTAINERS}1]}}', "10,002 lists and objects; at most 10,000"),
        ('"' + '\\"' * 300_000, "invalid JSON: Unterminated string"),
        (b'{"name": "\xed\xa0\x80"}', "invalid UTF-8 at byte 10"),
        (b'{"name": "\xff"}', "invalid UTF-8 at byte 10"),
        ("{" + ", ".join(f'"field{n}": 1' for n in range(60_000)) + "}", "an object has 60,000 keys"),
    ],
)
def test_invalid_json_and_utf8_are_refused_with_a_reason(body: str | bytes, message: str) -> None:
    with pytest.raises(UnusableBody, match=re.escape(message)):
        check(body if isinstance(body, bytes) else body.encode())


def test_a_refused_body_is_answered_as_a_wrong_field_is(api: TestClient) -> None:
    assert post(api, "/runs", f'{{{RUN}, "name": "\\ud800"}}') == (
        422,
        "body: a string contains \\ud800, a lone surrogate: send a valid pair",
    )


@pytest.mark.parametrize("field", ["train_limit", "test_limit", "train_eval_limit", "patience", "clip_norm"])
def test_every_number_of_a_spec_has_a_bound(field: str) -> None:
    with pytest.raises(ValidationError, match="less than or equal to"):
        RunSpec.model_validate({"model": "cnn", "dataset": "digits", field: 10**30})


@pytest.mark.usefixtures("worker_id")
def test_an_experiment_of_too_much_is_refused(api: TestClient) -> None:
    fields = ("seed", "epochs", "batch_size", "cutout", "patience", "train_limit")
    for vary in (
        {f"field{number}": [0, 1] for number in range(900)},
        {"seed": list(range(50_000))},
        {field: list(range(500)) for field in fields},
    ):
        body = {"name": "all", "spec": {"model": "cnn", "dataset": "digits"}, "vary": vary}
        assert post(api, "/experiments", json.dumps(body))[0] == 422


@pytest.mark.usefixtures("worker_id")
def test_of_many_errors_the_first_are_listed_and_long_values_are_cut(api: TestClient) -> None:
    many = {f"field{number}": "x" * 900 for number in range(900)}
    answer = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "digits", **many})

    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert (len(errors), answer.json()["detail"][:20]) == (MOST_ERRORS, "900 invalid values; ")
    assert all(len(error["value"]) <= 200 for error in errors)


def test_brackets_in_strings_are_not_counted() -> None:
    check(json.dumps({"name": "[{" * MOST_CONTAINERS, 'a "\\[': '"' + "[" * (DEEPEST + 1)}).encode())
    check(b"[" * DEEPEST + b"]" * DEEPEST)


def test_while_a_large_body_is_checked_others_are_answered() -> None:
    turns, turns_before_the_route = 0, -1

    async def route(_scope: Scope, _receive: Receive, _send: Send) -> None:
        nonlocal turns_before_the_route
        turns_before_the_route = turns

    async def others() -> None:
        nonlocal turns
        while turns_before_the_route < 0:
            turns += 1
            await asyncio.sleep(0)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"[" + b"1," * LARGE + b"1]", "more_body": False}

    async def send(_: Message) -> None:
        raise AssertionError

    async def both() -> None:
        scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", b"application/json")]}
        await asyncio.gather(JsonBodies(route)(scope, receive, send), others())

    asyncio.run(both())
    assert turns_before_the_route > 0


def test_an_upload_is_not_held_whatever_type_it_claims(api: TestClient, guarded: TestClient, write: str) -> None:
    taken = api.post("/api/v1/datasets?key=pets&preview=true", content=PETS, headers=JSON)
    headers = {**JSON, "Authorization": f"Bearer {write}"}
    refused = post_in_pieces(guarded, "/api/v1/datasets", [b"1"] * 5, query="key=pets&preview=true", headers=headers)

    assert taken.status_code == 202, taken.text
    assert (refused.status, refused.pieces_read) == (403, 0)


@pytest.fixture
def write(token: Callable[..., str]) -> str:
    """A token of scope write."""
    return token()


@pytest.mark.parametrize("name", ["ein Lauf, Größe 😀", "a\\ud83d\\ude00b", "quoted \\\\ud800", "a\\nb\\tc", ""])
def test_unusual_but_valid_json_is_accepted(name: str) -> None:
    check(f'{{{RUN}, "name": "{name}"}}'.encode())


def test_a_utf8_byte_order_mark_is_accepted(api: TestClient) -> None:
    answer = api.post("/api/v1/tokens", content=b"\xef\xbb\xbf" + b'{"name": "me"}', headers=JSON)
    assert answer.status_code == 201


@pytest.mark.parametrize("client", ["api", "guarded"])
def test_an_id_of_any_length_is_answered_with_and_without_a_token(request: pytest.FixtureRequest, client: str) -> None:
    for path in ("/runs/{}", "/runs/{}/metrics", "/experiments/{}", "/runs/{}/cancel", "/imports/{}"):
        answer = request.getfixturevalue(client).get(f"/api/v1{path.format('9' * 4301)}")
        assert answer.status_code == 414
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_nul_in_a_url_is_refused(api: TestClient) -> None:
    for path in ("/api/v1/models/a%00b", "/api/v1/runs?q=%00", "/assets/%00", "/%00"):
        assert api.get(path).status_code == 400
