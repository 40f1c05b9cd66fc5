"""A client that logs a run, as a program without the package of Python would: by HTTP alone."""

from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

RUNS = "/api/v1/runs"


class LoggingClient:
    def __init__(self, api: TestClient, answer: dict[str, Any]) -> None:
        self.api = api
        self.run_id: int = answer["run"]["id"]
        self.holder: int = answer["holder"]
        self.seq: int = answer["seq"]

    @classmethod
    def start(cls, api: TestClient, **fields: Any) -> "LoggingClient":
        answer = begin(api, **fields)
        assert answer.status_code in (200, 201), answer.text
        return cls(api, answer.json())

    def send(self, **content: Any) -> Response:
        """Send the next batch."""
        self.seq += 1
        return self.post("points", seq=self.seq, **content)

    def log(self, step: int, **values: float | str) -> Response:
        return self.send(series={key: {"step": [step], "value": [value]} for key, value in values.items()})

    def beat(self) -> Response:
        return self.post("points", seq=0)

    def finish(self, status: str = "finished", **more: Any) -> Response:
        return self.post("finish", status=status, **more)

    def run(self) -> dict[str, Any]:
        run: dict[str, Any] = self.api.get(f"{RUNS}/{self.run_id}").json()
        return run

    def series(self, **query: Any) -> dict[str, dict[str, Any]]:
        answer = self.api.get(f"{RUNS}/{self.run_id}/metrics", params=query)
        assert answer.status_code == 200, answer.text
        return {each["key"]: each for each in answer.json()["series"]}

    def post(self, path: str, **body: Any) -> Response:
        return self.api.post(f"{RUNS}/{self.run_id}/{path}", json={"holder": self.holder, **body})


def begin(api: TestClient, **fields: Any) -> Response:
    return api.post(RUNS, json={"kind": "external", **fields})
