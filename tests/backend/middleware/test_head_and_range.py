"""HEAD and Range, as in RFC 9110."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend import page
from backend.middleware.head_and_range import HeadAndRange
from skiplab.contract import places
from tests.backend.auth.test_middleware import operations

DIGITS = "0123456789"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A file of ten digits, and an empty one."""
    built = tmp_path_factory.mktemp("built")
    (built / "index.html").write_text(DIGITS)
    (built / "empty.txt").write_text("")
    app = FastAPI()
    page.install(app, built)
    app.add_middleware(HeadAndRange)
    return TestClient(app)


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=0-3", 206, "0123"),
        ("bytes=4-", 206, "456789"),
        ("bytes=-3", 206, "789"),
        ("bytes=5-99", 206, "56789"),
        ("BYTES=0-0", 206, "0"),
        ("bytes=20-30, 2-3", 206, "23"),
        ("bytes=10-", 416, None),
        ("bytes=-0", 416, None),
        ("lines=0-3", 200, DIGITS),
        ("bytes=3-1", 200, DIGITS),
        ("bytes=a-b", 200, DIGITS),
        ("bytes=0-3,x", 200, DIGITS),
        ("bytes", 200, DIGITS),
        ("bytes=", 200, DIGITS),
        ("bytes=1_0-2", 200, DIGITS),
        (f"bytes={'9' * 5000}-", 200, DIGITS),
    ],
)
def test_a_part_is_sent_where_it_can_be_and_what_is_no_range_is_ignored(
    site: TestClient, asked: str, status: int, body: str | None
) -> None:
    answer = site.get("/index.html", headers={"Range": asked})

    assert (answer.status_code, body in (None, answer.text)) == (status, True), answer.text
    if status == 416:
        assert answer.headers["Content-Range"] == "bytes */10"
    if status == 206:
        assert answer.headers["Content-Range"].startswith("bytes ")
    assert site.get("/empty.txt", headers={"Range": asked}).status_code < 500


def test_several_ranges_are_sent_with_their_positions(site: TestClient) -> None:
    answer = site.get("/index.html", headers={"Range": "bytes=0-1, 8-9"})

    assert answer.status_code == 206
    assert answer.headers["Content-Type"].startswith("multipart/byteranges; boundary=")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    for place in ("bytes 0-1/10", "bytes 8-9/10"):
        assert f"Content-Range: {place}" in answer.text


def test_a_part_is_of_the_file_that_the_client_has_begun_or_all_of_it(site: TestClient) -> None:
    whole = site.get("/index.html")
    for known, status in ((whole.headers["ETag"], 206), (whole.headers["Last-Modified"], 206), ('"other"', 200)):
        answer = site.get("/index.html", headers={"Range": "bytes=0-1", "If-Range": known})
        assert answer.status_code == status


def test_on_other_methods_a_range_means_nothing(site: TestClient) -> None:
    answer = site.head("/index.html", headers={"Range": "bytes=0-1"})
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, "10", b"")


@pytest.mark.usefixtures("worker_id")
def test_head_has_the_headers_of_get_and_no_body(api: TestClient, queued: Callable[..., int]) -> None:
    queued()
    read = [path for method, path in operations(api) if method == "GET" and path != "/api/v1/events"]
    assert len(read) > 30
    for path in [*read, "/", "/docs", "/openapi.json", "/nothing"]:
        got, head = api.get(path), api.head(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers["Content-Type"] == got.headers["Content-Type"], path
        assert head.headers["Content-Length"] == got.headers["Content-Length"], path


def test_a_head_request_for_a_stream_ends(api: TestClient) -> None:
    answer = api.head("/api/v1/events")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")


def test_a_link_in_the_folder_of_runs_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of another user")
    folder = places.runs(tmp_path) / "1"
    folder.mkdir(parents=True)
    (folder / "weights").symlink_to(secret)
    (places.runs(tmp_path) / "2").symlink_to(tmp_path)
    (folder / "own").write_text("of the run")

    assert places.file_of_run(tmp_path, "1/own").read_text() == "of the run"
    for path in ("1/weights", "2/secret", "1/../../secret", "/etc/passwd", "1/nothing"):
        with pytest.raises(FileNotFoundError):
            places.file_of_run(tmp_path, path)
