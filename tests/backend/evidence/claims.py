"""Sets of claims for tests."""

from backend.evidence.claim import ClaimSet

GOOD = """
key = "mine"
title = "My own"

[[claims]]
id = "M1"
sentence = "Both are about as good."
compares = [{ first = { model = "cnn" }, second = { model = "resnet18" } }]
parts = [{ measure = "best_accuracy", weights = { first = 1, second = -1 }, expect = "same", margin = 0.01 }]
"""


def one_claim(
    measure: str = "best_accuracy", expect: str = "greater", *, paired: bool = False, **part: object
) -> ClaimSet:
    """ "resnet18 against cnn", or "with crops against without" when paired."""
    fields = ("augment", "crop_flip", "none") if paired else ("model", "resnet18", "cnn")
    compares = [{"first": {fields[0]: fields[1]}, "second": {fields[0]: fields[2]}}]
    if paired:
        compares = [{role: {**given, "model": "cnn"} for role, given in compares[0].items()}]
    return ClaimSet.model_validate(
        {
            "key": "test",
            "title": "One claim",
            "claims": [
                {
                    "id": "T1",
                    "sentence": "The first is better.",
                    "paired": paired,
                    "compares": compares,
                    "parts": [{"measure": measure, "weights": {"first": 1, "second": -1}, "expect": expect, **part}],
                }
            ],
        }
    )
