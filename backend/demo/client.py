"""The API calls of the demo."""

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx2

from backend.api_paths import PREFIX
from backend.experiments.schemas import Experiment, ExperimentList
from backend.metrics.schemas import Series, SeriesList
from skiplab.contract.catalog import DatasetCard


class Unreachable(Exception):
    """No response; the service may be restarting."""


class Refused(Exception):
    """The service answered with an error; carries its detail."""


class LabClient:
    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # No proxy: the service runs on this machine.
        self._http = httpx2.AsyncClient(base_url=f"{url}{PREFIX}", headers=headers, trust_env=False, timeout=30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def datasets(self) -> list[DatasetCard]:
        return [DatasetCard.model_validate(each) for each in (await self._call("GET", "/datasets"))["items"]]

    async def queue(
        self, name: str, *, vary: Mapping[str, Sequence[Any]], spec: Mapping[str, Any], preset: str | None = None
    ) -> Experiment:
        body = {"name": name, "vary": vary, "spec": spec, "preset": preset}
        return Experiment.model_validate(await self._call("POST", "/experiments", json=body))

    async def experiments(self) -> list[Experiment]:
        return ExperimentList.model_validate(await self._call("GET", "/experiments")).items

    async def experiment(self, experiment_id: int) -> Experiment:
        return Experiment.model_validate(await self._call("GET", f"/experiments/{experiment_id}"))

    async def cancel(self, run_id: int) -> None:
        await self._call("POST", f"/runs/{run_id}/cancel")

    async def series(self, runs: Iterable[int], keys: Iterable[str]) -> list[Series]:
        query = {"runs": ",".join(map(str, runs)), "keys": ",".join(keys)}
        return SeriesList.model_validate(await self._call("GET", "/metrics", params=query)).series

    async def _call(self, method: str, path: str, **request: Any) -> Any:
        """Send a request and return the JSON body. Raises Unreachable, Refused."""
        try:
            answer = await self._http.request(method, path, **request)
        except httpx2.TransportError as error:
            raise Unreachable(str(error)) from error
        if answer.is_error:
            raise Refused(_detail(answer))
        return answer.json()


def _detail(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP status {answer.status_code} for {answer.request.url.path}"
