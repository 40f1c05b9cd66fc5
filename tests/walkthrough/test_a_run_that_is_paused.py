"""A run is paused for another one to run first, and resumes at the same point."""

from tests.lab import Lab


def test_a_paused_run_lets_the_next_one_go_and_goes_on_where_it_stood(lab: Lab) -> None:
    long, short = lab.submit(epochs=100), lab.submit(epochs=1)
    lab.wait(long, lambda run: run["epoch"] >= 2)

    lab.client.post(f"/runs/{long}/pause")
    paused = lab.wait(long, lambda run: run["status"] == "paused", seconds=20)
    lab.wait(short, lambda run: run["status"] == "finished")
    lab.client.post(f"/runs/{long}/resume")

    again = lab.wait(long, lambda run: run["status"] == "running" and run["epoch"] > paused["epoch"])
    assert again["attempt"] == 2
    epochs = lab.series(long, "train/loss")["epoch"]
    assert epochs == list(range(1, len(epochs) + 1))
    lab.client.post(f"/runs/{long}/cancel")
    lab.wait(long, lambda run: run["status"] == "cancelled", seconds=20)
    story = [each["status"] for each in lab.client.get(f"/runs/{long}/history").json()["items"]]
    assert story == ["queued", "running", "paused", "queued", "running", "cancelled"]
