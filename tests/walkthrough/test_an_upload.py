"""Own images, uploaded through the API, become a data set to train on."""

import io
import zipfile
from typing import Any

import pytest
from PIL import Image

from tests.lab import Lab, until


def pictures() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for split, count in (("train", 8), ("test", 4)):
            for label, shade in (("dark", 40), ("light", 200)):
                for number in range(count):
                    with archive.open(f"{split}/{label}/{number}.png", "w") as image:
                        Image.new("RGB", (32, 32), (shade, number, 0)).save(image, "PNG")
    return file.getvalue()


@pytest.mark.timeout(300)
def test_an_uploaded_zip_becomes_a_data_set_that_runs_train_on(lab: Lab) -> None:
    answer = lab.client.post(
        "/datasets", params={"key": "shades"}, content=pictures(), headers={"Content-Type": "application/zip"}
    )
    assert answer.status_code == 202, answer.text

    done = until(
        lambda: lab.client.get(f"/imports/{answer.json()['id']}").json(),
        lambda seen: seen["status"] in ("done", "failed"),
        seconds=60,
    )

    assert (done["status"], done["images_done"]) == ("done", 24), done
    (card,) = [card for card in lab.client.get("/datasets").json()["items"] if card["key"] == "shades"]
    assert (card["classes"], card["train_images"], card["image_shape"]) == (["dark", "light"], 16, [3, 32, 32])
    run_id = lab.submit(dataset="shades", epochs=1, batch_size=8, train_limit=None, test_limit=None)
    assert lab.wait(run_id, lambda run: run["status"] in ("finished", "failed"))["status"] == "finished"


@pytest.mark.timeout(300)
def test_a_preview_shows_what_is_in_an_upload_and_is_taken_or_cancelled(lab: Lab) -> None:
    def send(key: str) -> int:
        given: dict[str, str | bool] = {"key": key, "preview": True}
        return int(lab.client.post("/datasets", params=given, content=pictures()).json()["id"])

    def inspected(import_id: int) -> dict[str, Any]:
        found: dict[str, Any] = until(
            lambda: lab.client.get(f"/imports/{import_id}").json(),
            lambda seen: seen["status"] in ("found", "failed"),
            seconds=60,
        )
        return found

    taken, left = send("tones"), send("others")
    found = inspected(taken)["found"]
    assert [(each["split"], each["counts"]) for each in found["splits"]] == [("train", [8, 8]), ("test", [4, 4])]
    assert (found["layout"], found["size"]["chosen"]) == ("<split>/<class>/ folders", {"width": 32, "height": 32})
    assert inspected(left)["status"] == "found"

    assert lab.client.post(f"/imports/{left}/cancel").json()["status"] == "cancelled"
    assert lab.client.post(f"/imports/{taken}/take", json={"key": "hues", "size": 16}).status_code == 202

    done = until(
        lambda: lab.client.get(f"/imports/{taken}").json(),
        lambda seen: seen["status"] in ("done", "failed"),
        seconds=60,
    )
    assert done["status"] == "done", done
    cards = {card["key"]: card for card in lab.client.get("/datasets").json()["items"]}
    assert cards["hues"]["image_shape"] == [3, 16, 16]
    assert not {"tones", "others"} & cards.keys()
