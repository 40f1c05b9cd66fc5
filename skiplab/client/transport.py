"""Requests to the lab over HTTP. Imported in the thread that sends: the HTTP client takes a while to import."""

import json
from typing import Any

import httpx2 as httpx

from skiplab.client.connection import Connection
from skiplab.client.failures import Away, Refused

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
LATER = frozenset({401, 403, 408, 425, 429})
"""Refusals that another try may not meet: a token can be created meanwhile, a limit of requests passes."""


class Transport:
    """One connection, kept open. All methods raise Away and Refused."""

    def __init__(self, connection: Connection) -> None:
        headers = {"Authorization": f"Bearer {connection.token}"} if connection.token else {}
        self.url = connection.url
        # Certificates take a tenth of a second to load, and are of no use without TLS. Redirects are not followed.
        tls = connection.url.startswith("https:")
        self._client = httpx.Client(base_url=f"{connection.url}/api/v1", headers=headers, timeout=TIMEOUT, verify=tls)

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """Return the answer. `key`: an idempotency key."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        return self._send("POST", path, json.dumps(body, allow_nan=False).encode(), headers)

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._send("PATCH", path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def put(self, path: str, content: bytes) -> dict[str, Any]:
        """Send a file. The path's parts are quoted."""
        return self._send("PUT", path, content, {"Content-Type": "application/octet-stream"})

    def close(self) -> None:
        self._client.close()

    def _send(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Away(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__) from error
        if answer.is_success:
            return _object(answer)
        detail, fields = _problem(answer)
        if answer.status_code >= 500 or answer.status_code in LATER or answer.is_redirect:
            raise Away(detail, _seconds(answer.headers.get("Retry-After", "")))
        raise Refused(answer.status_code, detail, fields)


def _object(answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer; a proxy's page is no answer of the connection."""
    if not answer.content:
        return {}
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Away(f"{answer.url} does not answer like a lab")
    return found


def _problem(answer: httpx.Response) -> tuple[str, tuple[str, ...]]:
    """Return what a refusal says, and the fields at fault."""
    try:
        problem = answer.json()
        fields = tuple(str(error["field"]) for error in problem.get("errors", []))
        return str(problem["detail"]), fields
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"HTTP {answer.status_code}", ()


def _seconds(header: str) -> float:
    return min(float(header), 60.0) if header.isdecimal() else 0.0
