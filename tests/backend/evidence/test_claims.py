"""Claims as data: the report's, and those of users."""

import re
from pathlib import Path

import pytest

from backend.evidence.claim import BadClaims, all_sets, built_in, read
from backend.evidence.measures import Measure
from tests.backend.evidence.claims import GOOD

GUIDE = Path(__file__).parents[3] / "docs" / "evidence.md"


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_the_report_s_twelve_claims_come_with_the_lab() -> None:
    (report,) = built_in()
    assert [claim.id for claim in report.claims if claim.counts] == [f"C{number}" for number in range(1, 13)]
    assert report.size == 12


def test_what_the_report_says_and_the_lab_does_not_judge_is_said() -> None:
    (report,) = built_in()
    (gradient,) = [claim for claim in report.claims if claim.id == "C3"]
    assert "or explodes" in gradient.sentence
    assert "not judged" in gradient.sentence


def test_a_user_s_claims_stand_beside_them(tmp_path: Path) -> None:
    written(tmp_path / "claims", GOOD)
    sets, problems = all_sets(tmp_path)
    assert [each.key for each in sets] == ["report", "mine"]
    assert problems == []


def test_a_file_that_was_edited_is_read_again(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)
    assert read(file) is read(file)
    written(tmp_path, GOOD.replace("My own", "My own, revised"))
    assert read(file).title == "My own, revised"


def test_an_unusable_file_is_reported_and_affects_no_other(tmp_path: Path) -> None:
    written(tmp_path / "claims", GOOD)
    (tmp_path / "claims" / "broken.toml").write_text("claims = [")
    (tmp_path / "claims" / "twice.toml").write_text(GOOD)
    sets, problems = all_sets(tmp_path)
    assert [each.key for each in sets] == ["report", "mine"]
    assert [str(problem).split(":")[0] for problem in problems] == ["broken.toml", "twice.toml"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('"best_accuracy"', '"beauty"'), "best_accuracy"),
        (("first = 1,", "first = 2,"), "add up to 0"),
        (("margin = 0.01", "margin = 0"), "needs a margin"),
        (("second = -1", "third = -1"), "lacks the role 'third'"),
        (('model = "cnn" }', 'modell = "cnn" }'), "name the same fields"),
        (('{ model = "cnn" }, second = { model = "resnet18" }', "{ seed = 0 }, second = { seed = 1 }"), "not a field"),
        (
            ('{ model = "cnn" }, second = { model = "resnet18" }', "{ epochs = 0 }, second = { epochs = 1 }"),
            "role first: epochs",
        ),
        (('id = "M1"', 'id = "M1"\npaired = true'), "one network"),
        (('key = "mine"', 'key = "My own"'), "key"),
        (('key = "mine"', 'key = "mine"\ncolour = "red"'), "colour"),
    ],
)
def test_an_invalid_claim_is_refused_with_its_path_and_what_is_allowed(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    assert change[0] in GOOD
    file = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(BadClaims, match=says):
        read(file)


def test_the_guide_s_example_is_a_set_of_claims(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert read(written(tmp_path, example)).claims[0].paired


def test_the_guide_explains_every_measure() -> None:
    explained = re.findall(r"^\| (`[^|]*`) \|", GUIDE.read_text(), re.MULTILINE)
    assert {name for row in explained for name in re.findall(r"`(\w+)`", row)} == {str(measure) for measure in Measure}
