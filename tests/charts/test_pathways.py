"""The picture of the causal layer, its graph, and the table of arrows."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from swmodel.charts.pathways import as_graph, draw, spelled
from swmodel.cli import main
from swmodel.model import ARROWS, PROCESSES
from swmodel.scenario.ways import describe_pathways

ROOT = Path(__file__).parents[2]


def test_the_graph_has_every_arrow_and_what_feeds_back() -> None:
    """One edge an arrow, and from each rate of events back to what is remembered of them. Exact."""
    made = as_graph(ARROWS, PROCESSES)
    arrows = {(a, b) for a, b, sort in made.edges(data="sort") if sort == "arrow"}
    assert arrows == {(one.exposure, one.mediator) for one in ARROWS}
    back = {(a, b) for a, b, sort in made.edges(data="sort") if sort == "process"}
    assert back == {
        ("violence_rate", "violence_recent"), ("client_violence_rate", "violence_recent"),
        ("police_rate", "police_recent"), ("police_rate", "condoms_taken"), ("police_rate", "detained"),
        ("stigma_ratio", "stigma_felt"), ("stigma_ratio", "hiv_stigma_felt"), ("debt_rate", "need_felt"),
    }  # fmt: skip


def test_the_picture_in_the_docs_is_current(tmp_path: Path) -> None:
    """It is what `swmodel describe pathways --picture` draws now, with every name in it. Exact."""
    draw(ARROWS, PROCESSES, tmp_path / "one.svg")
    drawn = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert drawn == (ROOT / "docs" / "images" / "pathways.svg").read_text(encoding="utf-8")
    assert all(f"<!-- {spelled(end)} -->" in drawn for one in ARROWS for end in (one.exposure, one.mediator))


def test_what_is_taken_of_an_effect() -> None:
    """The share of its logarithm that is causal; an effect of 1 is off. Exact, by hand."""
    one = next(arrow for arrow in ARROWS if arrow.mediator == "client_volume")
    for share, taken in ((0.0, "1"), (0.5, "0.94868"), (1.0, "0.9")):
        assert f"| {taken} |" in describe_pathways([one], {}, share, markdown=True)
    assert "| off |" in describe_pathways([one], {one.name: 1.0}, 0.5, markdown=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["order", "--picture", "x.svg"], "--picture draws the pathways only"),
        (["pathways", "--picture", "x.gif"], "x.gif: a picture ends in .svg, .png, .pdf"),
        (["pathways", "--picture", "nowhere/x.svg"], "nowhere/x.svg: cannot be written: No such file or directory"),
        (["levers", "nowhere"], "nowhere: there is no scenario in this folder"),
    ],
)
def test_mistakes(arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture of something else, of no known kind, in no folder; a folder without scenarios. Exact."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["describe", *arguments])
    text = result.output + (str(result.exception) if result.exception else "")
    assert result.exit_code != 0 and said in text
