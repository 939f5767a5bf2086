"""Learning curves are drawn from the logs of runs, one after the other in time."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.draw_learning_curves import draw, read_logs

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    for name, rows in (("a", "1,60,5.0\n2,120,5.5\n"), ("b", "3,30,5.4\n4,60,6.5\n")):
        (tmp_path / f"{name}.csv").write_text("step,elapsed_s,si_snri_db\n" + rows)
    return [tmp_path / "a.csv", tmp_path / "b.csv"]


def test_a_run_that_went_on_begins_where_the_one_before_it_ended(logs: list[Path]) -> None:
    assert read_logs(logs) == [[(1.0, 5.0), (2.0, 5.5)], [(2.5, 5.4), (3.0, 6.5)]]


def test_later_is_further_right_and_better_is_higher(logs: list[Path]) -> None:
    picture = ElementTree.fromstring(draw("two < three", read_logs(logs)))
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in picture.iter(f"{SVG}circle")]
    assert dots == sorted(dots) and len(list(picture.iter(f"{SVG}polyline"))) == 2
    assert min(dots, key=lambda dot: dot[1]) == dots[3] and max(dots, key=lambda dot: dot[1]) == dots[0]
    assert picture.findtext(f"{SVG}title") == "two < three"
