"""What is sent again, and with which key: answered by a transport in place of the network."""

import asyncio
from collections.abc import Callable

import httpx2 as httpx
import pytest
from pydantic import BaseModel

from skiplab import AsyncLab, Lab
from skiplab.client import Conflict, ServerFault, Unreachable, steps
from skiplab.contract.api import IDEMPOTENCY_KEY
from skiplab.contract.estimates import Estimate
from skiplab.contract.run_lists import RunPage

TIMED_OUT = httpx.ReadTimeout("timed out")
PAGE = RunPage(items=[], next_cursor=None, total=0)
ESTIMATE = Estimate(runs=1, seconds=1, slots=1, basis="measured")


def problem(status: int, retry_after: str | None = None) -> httpx.Response:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return httpx.Response(status, json={"title": "-", "status": status, "detail": "a reason"}, headers=headers)


class Network:
    """Answers requests in order, and keeps them."""

    def __init__(self, *answers: BaseModel | httpx.Response | Exception) -> None:
        self._answers = iter(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, content=answer.model_dump_json())

    @property
    def keys(self) -> list[str | None]:
        return [request.headers.get(IDEMPOTENCY_KEY) for request in self.requests]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "RETRY_PAUSES", (0, 0))
    monkeypatch.setattr(steps, "LONGEST_PAUSE", 0)


@pytest.fixture
def lab() -> Callable[[Network], Lab]:
    return lambda network: Lab("http://lab", transport=httpx.MockTransport(network))


def test_a_submission_that_timed_out_is_sent_again_with_its_key(lab: Callable[[Network], Lab]) -> None:
    network = Network(TIMED_OUT, TIMED_OUT, problem(409))
    with pytest.raises(Conflict):
        lab(network).submit(model="cnn", dataset="digits")
    first, *again = network.keys
    assert first is not None
    assert again == [first, first]


def test_two_submissions_have_different_keys(lab: Callable[[Network], Lab]) -> None:
    network = Network(problem(409), problem(409))
    for _ in range(2):
        with pytest.raises(Conflict):
            lab(network).submit(model="cnn", dataset="digits")
    assert len(set(network.keys)) == 2


def test_a_script_can_give_the_key_itself(lab: Callable[[Network], Lab]) -> None:
    network = Network(problem(409))
    with pytest.raises(Conflict):
        lab(network).submit(model="cnn", dataset="digits", vary={"seed": [0, 1]}, idempotency_key="mine")
    assert network.keys == ["mine"]


def test_every_post_that_changes_something_has_a_key_and_a_question_has_none(lab: Callable[[Network], Lab]) -> None:
    network = Network(ESTIMATE, *[problem(409)] * 7)
    client = lab(network)
    client.estimate(model="cnn", dataset="digits")
    for change in (client.cancel, client.pause, client.resume, client.retry, client.drain, client.cancel_experiment):
        with pytest.raises(Conflict):
            change(1)
    with pytest.raises(Conflict):
        client.bulk("archive", [1])
    asked, *changes = network.keys
    assert asked is None
    assert None not in changes
    assert len(set(changes)) == 7


def test_reading_survives_a_moment_without_an_answer(lab: Callable[[Network], Lab]) -> None:
    network = Network(httpx.ConnectError("refused"), problem(503, "1"), PAGE)
    assert lab(network).runs() == []


def test_a_deletion_is_sent_once(lab: Callable[[Network], Lab]) -> None:
    network = Network(TIMED_OUT)
    with pytest.raises(Unreachable, match="http://lab did not answer: timed out"):
        lab(network).delete(1)


def test_an_answer_that_may_hide_a_success_is_not_followed_by_a_repeat(lab: Callable[[Network], Lab]) -> None:
    """503 without Retry-After: the server does not know whether the write succeeded."""
    network = Network(problem(503))
    with pytest.raises(ServerFault):
        lab(network).submit(model="cnn", dataset="digits")
    assert len(network.requests) == 1


def test_a_repeat_while_the_first_is_in_progress_waits_for_its_answer(lab: Callable[[Network], Lab]) -> None:
    network = Network(TIMED_OUT, problem(409, "1"), problem(422))
    with pytest.raises(Exception, match="a reason"):
        lab(network).submit(model="cnn", dataset="digits")
    assert len(set(network.keys)) == 1


def test_both_clients_do_the_same() -> None:
    network = Network(TIMED_OUT, PAGE)

    async def read() -> int:
        async with AsyncLab("http://lab", transport=httpx.MockTransport(network)) as lab:
            return len(await lab.runs())

    assert asyncio.run(read()) == 0
    assert len(network.requests) == 2


def test_no_lab_is_one_sentence_with_what_to_do() -> None:
    with (
        Lab("http://127.0.0.1:1") as lab,
        pytest.raises(Unreachable, match="No lab answers at http://127"),
    ):
        lab.runs()
