"""Own images, uploaded through the API, become a data set to train on."""

import io
import zipfile

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
