"""Workers, and the caller itself."""

from skiplab.client.steps import Answer, Request, Steps, exchange, get, post
from skiplab.contract.sign_in import SignedIn
from skiplab.contract.worker import Worker, WorkerList


def workers() -> Steps[list[Worker]]:
    """Return recent workers with their devices, newest first, including offline ones."""
    return (yield from get("/workers", WorkerList)).items


def drain(worker: int) -> Steps[Worker]:
    """Let a worker finish its runs and claim no more. Raises NotFound."""
    return (yield from post(f"/workers/{worker}/drain", Worker))


def undrain(worker: int) -> Steps[Worker]:
    """Let a draining worker claim runs again. Raises NotFound."""
    answer: Answer = yield from exchange(Request("DELETE", f"/workers/{worker}/drain"))
    return Worker.model_validate_json(answer.body)


def whoami() -> Steps[SignedIn]:
    """Return the name and scope of the caller's token. Raises NoAccess."""
    return (yield from get("/session", SignedIn))
