"""`swmodel network` on the shipped setting, small."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner

from swmodel.cli import main
from swmodel.scenario.load import load

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"


def command(*words: str) -> tuple[int, str]:
    """The exit code and the output of `swmodel network` on the shipped setting."""
    result = CliRunner().invoke(main, ["network", str(SETTING), *words], prog_name="swmodel")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.mark.slow
@pytest.mark.case("32")
def test_the_shipped_setting(tmp_path: Path) -> None:
    """2,000 people of Cotonou after three years: paid contacts are there, women pair with men, so no triangles."""
    year = f"{load(SETTING).start + 3:g}"
    code, output = command("--people", "2000", "--year", year, "--out", str(tmp_path), "--seed", "4")
    assert code == 0, output
    names = {"network.graphml", "network.gexf", "people.csv", "edges.csv", "statistics.csv"}
    names |= {f"{name}{ending}" for name in ("network", "mixing") for ending in (".svg", ".png", ".csv", ".txt")}
    assert {file.name for file in tmp_path.iterdir()} == names
    assert all(name in output for name in names)
    rows = {(r["statistic"], r["label"]): r for r in csv.DictReader((tmp_path / "statistics.csv").open())}
    edges, people = (list(csv.DictReader((tmp_path / f"{name}.csv").open())) for name in ("edges", "people"))
    by_uid = {one["uid"]: one for one in people}
    assert len(by_uid) == len(people) > 1500
    assert {"steady", "casual", "regular", "one_off"} <= {one["form"] for one in edges}
    for one in edges:
        roles = {by_uid[one["uid_a"]]["role"], by_uid[one["uid_b"]]["role"]}
        assert one["form"] not in ("regular", "one_off") or roles == {"worker", "client"}
        assert {by_uid[one["uid_a"]]["sex"], by_uid[one["uid_b"]]["sex"]} == {"woman", "man"}
        assert one["form"] != "one_off" or float(one["years_together"]) == pytest.approx(1 / 12, abs=1e-3)
    for label in ("lasting", "month"):
        assert float(rows["triangles", label]["value"]) == float(rows["transitivity", label]["value"]) == 0.0
    assert float(rows["mean_partners", "all"]["value"]) > 0.3
    graph = nx.read_graphml(tmp_path / "network.graphml")
    assert (len(graph), graph.number_of_edges()) == (len(people), len(edges))


@pytest.mark.slow
def test_only_the_formats_that_are_wanted(tmp_path: Path) -> None:
    """Two formats, no pictures, nothing printed."""
    year = f"{load(SETTING).start + 1:g}"
    words = ("--people", "2000", "--year", year, "--out", str(tmp_path), "--no-charts", "--quiet")
    assert command(*words, "--format", "csv, gexf") == (0, "")
    assert {file.name for file in tmp_path.iterdir()} == {"network.gexf", "people.csv", "edges.csv", "statistics.csv"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--format", "gml"), "'gml' is not one of graphml, gexf, csv"),
        (("--year", "1066"), "--year 1066 is not within it"),
        (("--year", "3000"), "--year 3000 is not within it"),
        (("--set", "care.no_such=1"), "no_such"),
    ],
)
def test_mistakes_are_told(words: tuple[str, ...], message: str) -> None:
    """Each has one clear message and the exit code of wrong input."""
    code, output = command(*words)
    assert code == 2 and message in output


def test_help_imports_nothing_heavy() -> None:
    """The help of the command is quick, and comes without networkx."""
    heavy = "{'networkx', 'numpy', 'pandas', 'matplotlib', 'numba'}"
    code = (
        "import sys\nfrom swmodel.cli import main\ntry: main(['network', '--help'])\nexcept SystemExit: pass\n"
        f"sys.stderr.write(' '.join({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "" and "--year" in done.stdout
