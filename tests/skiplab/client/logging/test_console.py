"""What a script prints is the log of its run."""

import skiplab
from tests.skiplab.client.logging.fake_lab import FakeLab
from tests.skiplab.client.logging.processes import script


def test_what_a_script_prints_is_its_log(lab: FakeLab) -> None:
    done = script(r"""
import sys, skiplab
run = skiplab.init()
print("one\ntwo")
sys.stderr.write("10 %\r50 %\r100 %\n")
print("no end", end="")
raise ValueError("and a traceback")
""")
    assert lab.run.lines[:3] == ["one", "two", "100 %"]
    assert "ValueError: and a traceback" in lab.run.lines
    assert "no end" in lab.run.lines
    assert not [line for line in lab.run.lines if line.startswith("skiplab:")]
    assert done.stdout == "one\ntwo\nno end"


def test_texts_that_are_no_unicode_are_repaired(lab: FakeLab) -> None:
    with skiplab.init(config={"path": "a\udc80\0"}, name="x\udc80") as run:
        run.log({"text": "\udc80", "key\udc80": 1})
    assert lab.run.config == {"path": "a?"}
    assert lab.run.summary == {"text": "?"}
    assert lab.run.points == [("key?", 0, 1.0)]


def test_the_log_of_what_is_printed_can_be_turned_off(lab: FakeLab) -> None:
    script("import skiplab\nwith skiplab.init(console=False): print('quiet')")
    assert lab.run.lines == []
    assert lab.run.finish
