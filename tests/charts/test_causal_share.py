"""What a comparison hangs on: the same study at several causal shares, told apart in tables, files and a chart."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from swmodel.charts import shares as chart
from swmodel.charts import style
from swmodel.charts.page import Sheet, measure
from swmodel.cli.summary import shares_summary
from swmodel.results import Results, Run
from swmodel.scenario.spec import Scenario
from swmodel.study.causal_share import by_share, draws_of, shares_in_words, usual, write_shares
from swmodel.study.paired import COLUMNS, Comparison, comparison
from swmodel.study.plan import AS_WRITTEN, read_arm

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SHARES = ({"causal_share": 0.0}, {"causal_share": 0.5}, {"causal_share": 1.0})
IF_NONE = "\u00a0% of HIV infections if no observed effect is causal,"
LEFT = {0: [[100, 100], [100, 100]], 1: [[90, 90], [80, 80]], 2: [[50, 60], [70, 60]]}  # by draw: seeds x years


def made(draws: tuple[dict[str, float], ...] = SHARES, left: dict[int, list[list[int]]] = LEFT) -> Comparison:
    """Infections by hand: 100 a year in the baseline; two seeds, two years, for each draw."""
    cells, years = (("new_infections", "all"), ("new_infections", "fsw")), (2026, 2027)
    runs = []
    for name in ("base", "lever"):
        for draw, seeds in left.items():
            for seed, numbers in enumerate(seeds):
                values = np.array([[n if name == "lever" else 100, 10] for n in numbers], float)
                runs.append(Run(name, draw, seed, years, cells, values))
    titles = {"base": "Baseline", "lever": "An organisation of sex workers grows, and so on, from 2026"}
    scenarios = {
        name: Scenario(name, title, 2026, 2028, 1 / 12, 10, 2, 1, ("street",)) for name, title in titles.items()
    }
    return comparison(Results(tuple(runs), scenarios, draws), "base")


def test_which_comparisons_are_made_three_times() -> None:
    """Those in which something weighs on people, and none of which says its share. Exact."""
    baseline, plain = SCENARIOS / "levers" / "baseline.yaml", SCENARIOS / "settings" / "mombasa.yaml"
    lever = read_arm(SCENARIOS / "levers" / "violence_ends.yaml")
    assert draws_of([read_arm(baseline), lever]) == SHARES
    assert draws_of([read_arm(plain)]) == (AS_WRITTEN,)
    assert draws_of([read_arm(baseline, (), ("pathways.causal_share=0.3",)), lever]) == (AS_WRITTEN,)


def test_the_usual_share_is_the_result() -> None:
    """The one in the middle; each holds the pairs of its own draw. Exact."""
    compared = made()
    each = by_share(compared)
    assert list(each) == [0.0, 0.5, 1.0]
    assert [one.averted("lever")[1][:, -1].tolist() for one in each.values()] == [[0, 0], [20, 40], [90, 70]]
    assert usual(compared).averted("lever")[1].tolist() == each[0.5].averted("lever")[1].tolist()


def test_shares_with_draws_of_a_fit() -> None:
    """Where each share is run with the same draws of a fit, all pairs of a share go together. Exact."""
    draws = tuple({"visits": v, "causal_share": share} for share in (0.0, 1.0) for v in (10.0, 20.0))
    compared = made(draws, {k: [seeds] for k, seeds in enumerate([[90, 90], [80, 80], [50, 60], [70, 60]])})
    each = by_share(compared)
    assert [one.averted("lever")[1][:, -1].tolist() for one in each.values()] == [[20, 40], [90, 70]]
    assert usual(compared).averted("lever")[1].tolist() == each[1.0].averted("lever")[1].tolist()
    assert by_share(made((*draws[:3], {"visits": 10.0}), {k: LEFT[0] for k in range(4)})) == {}


@pytest.mark.parametrize("draws", [(), ({},), ({"causal_share": 0.5},), ({"causal_share": 0.0}, {"stop_rate": 1.0})])
def test_other_draws_are_not_told_apart(draws: tuple[dict[str, float], ...]) -> None:
    """Where a study did not vary the causal share alone there is one result, of all pairs. Exact."""
    compared = made(draws, {k: LEFT[k] for k in range(max(len(draws), 1))})
    assert by_share(compared) == {} and usual(compared) is compared
    assert chart.averted_by_share(by_share(compared), compared.scenarios) is None


def test_the_table_and_the_file(tmp_path: Path) -> None:
    """The summary has a column a share; the file the rows of every share, each with its own. Exact."""
    each = by_share(made())
    said = shares_summary(each)
    assert said.splitlines()[0].split()[-3:] == ["none", "half", "all"]
    line = next(line for line in said.splitlines() if "all adults" in line)
    assert line.split()[2:] == ["0.0", "(0.0", "to", "0.0)", "15.0", "(10.2", "to", "19.8)", "40.0", "(35.2", "to",
                                "44.8)"]  # fmt: skip
    write_shares(tmp_path / "shares.csv", each)
    with (tmp_path / "shares.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == ("causal_share", *COLUMNS)
    last = [r for r in rows if (r["measure"], r["group"], r["year"]) == ("infections_averted", "all", "2027")]
    assert [(float(r["causal_share"]), float(r["median"])) for r in last] == [(0.0, 0.0), (0.5, 30.0), (1.0, 80.0)]


def sheet(compared: Comparison) -> Sheet:
    """The chart."""
    with style.drawing():
        made = chart.averted_by_share(by_share(compared), compared.scenarios)
    assert made is not None
    return made


def test_the_chart_says_what_the_numbers_say() -> None:
    """Title, table and words hold the medians of each share, in per cent. Exact."""
    found = sheet(made())
    assert (
        "averts 0.0\u00a0% of HIV infections if no observed effect is causal, 40.0\u00a0% if all are"
        in found.text.title
    )
    assert found.table["median"].tolist() == [0.0, 15.0, 40.0] and found.table["causal_share"].tolist() == [0, 0.5, 1]
    assert "half 15.0 (10.2 to 19.8)" in found.values and "none 0.0 (0.0 to 0.0)" in found.values
    harm = sheet(made(left={0: [[100, 100]] * 2, 1: [[110, 110]] * 2, 2: [[130, 130]] * 2}))
    assert (
        "adds 0.0\u00a0% of HIV infections if no observed effect is causal, 30.0\u00a0% if all are" in harm.text.title
    )
    assert "below zero: more infections" in harm.figure.axes[0].get_xlabel()
    still = sheet(made(left=dict.fromkeys(range(3), [[100, 100]] * 2)))
    assert still.text.title.startswith("No scenario changes new HIV infections")


def test_the_chart_with_one_pair() -> None:
    """There is no interval, and the caption says so. Exact."""
    found = sheet(made(left={k: seeds[:1] for k, seeds in LEFT.items()}))
    assert "With one pair there is no interval" in found.text.caption and "half 10.0;" in found.values


def test_headings_of_the_chart_fit_the_page() -> None:
    """No line of a heading is wider than the page. Exact."""
    with style.drawing():
        found = chart.averted_by_share(by_share(made()), made().scenarios)
        assert found is not None
        lines = [line for text in found.figure.axes[0].texts for line in text.get_text().split("\n")]
        assert max(measure(line, style.TEXT, "bold") for line in lines) < style.WIDTH


def test_shares_in_words() -> None:
    """None, half, all; other shares as numbers."""
    assert shares_in_words([0.0, 0.3, 0.5, 1.0]) == ["none", "0.3", "half", "all"]
