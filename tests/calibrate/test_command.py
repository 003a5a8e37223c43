"""`swmodel calibrate`, and `run` and `compare` with a fit, as they read on the screen."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from calibrate.conftest import Write
from calibrate.test_fit import MANY, ONE_RATE, ONE_SEARCH, ONE_SURVEY, ONE_TARGET
from swmodel.calibrate import simulate
from swmodel.calibrate.points import POINTS, read_points
from swmodel.cli import main, progress
from swmodel.cli.calibrate import Budget
from swmodel.report import fit as report

GOLDEN = Path(__file__).parents[1] / "cli" / "golden"
Golden = Callable[[Path, str], None]
Command = Callable[[str], str]
ONE_WAVE = "search: {first: 48, repeats: 8, most: 1, wanted: 60, draws: 40, check: 16}"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command; what a user sees, with the exit code: without tables, and numbers with a decimal point as #."""

    def page(record: object, scenario: object, folder: Path) -> Path:
        (folder / "report.html").write_text("report", encoding="utf-8")
        return folder / "report.html"

    monkeypatch.setattr(report, "write", page)
    monkeypatch.setattr(progress, "PATIENCE", 1e9)

    def typed(line: str) -> str:
        result = CliRunner().invoke(main, shlex.split(line), prog_name="swmodel")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        output = re.sub(r"[ \t]+$", "", result.output, flags=re.MULTILINE)
        output = re.sub(r"(size:?) \d+", r"\1 #", re.sub(r"\d+\.\d+", "#", output)).partition("\n\nmedian of")[0]
        output += "" if output.endswith("\n") or not output else "\n"
        return f"$ swmodel {line}\n{output}[exit code {result.exit_code}]\n"

    return typed


@pytest.fixture
def towns(write: Write) -> None:
    """In the current folder: town.yaml, good.yaml that converges, short.yaml that does not, and other scenarios."""
    write(ONE_SURVEY, simulation=MANY, priors=ONE_RATE, targets=ONE_TARGET, search=ONE_SEARCH).rename("good.yaml")
    write(ONE_SURVEY, search=ONE_WAVE, title="").rename("short.yaml")
    write(ONE_SURVEY, priors="priors:\n  a: {of: transmission.rate}", search="search: {first: 0}").rename("bad.yaml")
    Path("port.yaml").write_text("extends: town.yaml\ntitle: A port\nwork_settings: [street, ship]\n", encoding="utf-8")
    Path("fitted.yaml").write_text("extends: town.yaml\nposterior: out/good_calibration/fit\n", encoding="utf-8")
    Path("prep.yaml").write_text(
        "extends: town.yaml\ntitle: The toy town with PrEP\ninterventions:\n"
        "  - oral_prep: {start: 2003, target: {group: fsw}, coverage: 1}\n",
        encoding="utf-8",
    )


SESSIONS = {
    "calibrate_help": ("calibrate --help",),
    "calibrate_mistakes": (
        "calibrate",
        "calibrate nowhere.yaml",
        "calibrate bad.yaml",
        "calibrate town.yaml",
        "calibrate short.yaml --budget soon",
        "calibrate short.yaml --budget 0min",
        "calibrate short.yaml --budget -3min",
        "calibrate short.yaml --people 5",
        "calibrate short.yaml --workers 0",
        "calibrate short.yaml --until 1999",
        "calibrate short.yaml --budget 0.0001s",
        "calibrate short.yaml --out town.yaml/out",
    ),
    "calibrate": (
        "calibrate good.yaml",
        "calibrate good.yaml",
        "calibrate good.yaml --resume --quiet",
        "calibrate short.yaml",
        "calibrate short.yaml --people 300",
        "calibrate short.yaml --people 300 --overwrite --quiet",
        "calibrate short.yaml --until 2003 --quiet",
    ),
    "calibrate_then_run": (
        "calibrate good.yaml --quiet",
        "calibrate short.yaml --quiet --out short",
        "run town.yaml --posterior out/good_calibration/fit --people 200 --seeds 3 --no-charts",
        "run town.yaml --posterior short/fit --people 200 --seeds 3 --no-charts --out two",
        "compare town.yaml prep.yaml --posterior short/fit --people 200 --seeds 3 --no-charts --out three",
        "run fitted.yaml --people 200 --seeds 2 --no-charts --out four",
        "run fitted.yaml --posterior none --people 200 --seeds 2 --no-charts --out five",
        "run port.yaml --posterior out/good_calibration/fit",
        "run town.yaml --posterior out/good_calibration",
        "run fitted.yaml --posterior short/fit --people 200 --seeds 1 --no-charts --out six --quiet",
    ),
}


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.usefixtures("towns")
def test_session(name: str, command: Command, golden: Golden) -> None:
    """A few commands in a row. Exit codes: 0, 2 for mistakes, 3 for a fit that is not converged."""
    golden(GOLDEN / f"{name}.txt", "\n".join(map(command, SESSIONS[name])))


@pytest.mark.parametrize(
    ("text", "seconds"), [("45min", 2700.0), ("1.5h", 5400.0), ("90 s", 90.0), (" 2min ", 120.0), (7.0, 7.0)]
)
def test_budgets(text: object, seconds: float) -> None:
    """A number with its unit, as people write it. Exact."""
    assert Budget().convert(text, None, None) == seconds


@pytest.mark.usefixtures("towns")
def test_exit_codes(command: Command) -> None:
    """3 says that a fit is not converged, and which gates it fails, in quiet too; the fit is written all the same."""
    text = command("calibrate short.yaml --quiet")
    assert text.endswith("[exit code 3]\n") and "\nError: not converged: the fit fails " in text
    assert "waves settled" in text
    assert sorted(path.name for path in Path("out/short_calibration").iterdir()) == [
        "calibration.json", "fit", "points.jsonl"
    ]  # fmt: skip
    assert sorted(path.name for path in Path("out/short_calibration/fit").iterdir()) == [
        "draws.csv", "fit.json", "report.html"
    ]  # fmt: skip
    assert command("calibrate good.yaml --quiet").endswith("--quiet\n[exit code 0]\n")


def interrupted(monkeypatch: pytest.MonkeyPatch, command: Command, line: str, runs: int) -> str:
    """A command that is stopped by hand after so many runs."""
    keep, kept = simulate.keep, []

    def stopping(*given: object) -> None:
        keep(*given)  # type: ignore[arg-type]
        kept.append(given)
        if len(kept) == runs:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(simulate, "keep", stopping)
        return command(line)


@pytest.mark.usefixtures("towns")
def test_ctrl_c(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C keeps the runs, says how to go on, and going on gives the very same bytes."""
    command("calibrate short.yaml --quiet --out whole")
    text = interrupted(monkeypatch, command, "calibrate short.yaml --quiet --out cut", 20)
    assert text.endswith(
        "Error: stopped; the runs so far are kept in cut; give the same command with --resume\n[exit code 1]\n"
    )
    assert len(read_points(Path("cut") / POINTS)) == 20 and not Path("cut/fit").exists()
    command("calibrate short.yaml --quiet --out cut --resume")
    for name in ("draws.csv", "fit.json"):
        assert Path("cut/fit", name).read_bytes() == Path("whole/fit", name).read_bytes()


@pytest.mark.usefixtures("towns")
def test_an_earlier_fit_is_not_taken_for_a_later_one(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another fit takes a folder with --overwrite, what was there is gone: a run may not take it for the new one.

    Stopped after 20 runs, the folder holds no fit. Exact.
    """
    command("calibrate short.yaml --quiet --out cut")
    interrupted(monkeypatch, command, "calibrate short.yaml --quiet --out cut --people 300 --overwrite", 20)
    text = command("run town.yaml --posterior cut/fit --people 200 --seeds 1 --no-charts")
    assert text.endswith("[exit code 2]\n") and "holds no fit" in text


@pytest.mark.usefixtures("towns")
def test_each_seed_has_a_draw(command: Command) -> None:
    """`run` with a fit gives every seed a draw of its own; the results say which. Exact."""
    command("calibrate good.yaml --quiet")
    command("run town.yaml --posterior out/good_calibration/fit --people 200 --seeds 4 --no-charts --quiet --out run")
    rows = [line.split(",")[:3] for line in Path("run/results.csv").read_text(encoding="utf-8").splitlines()[1:]]
    assert sorted({tuple(row) for row in rows}) == [("town", str(k), str(1 + k)) for k in range(4)]
