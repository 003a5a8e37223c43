"""`swmodel calibrate`: fit a scenario to its surveys."""

from __future__ import annotations

import math
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from swmodel.cli import Fault
from swmodel.cli.progress import ProgressLine
from swmodel.cli.run import OUT

if TYPE_CHECKING:
    from swmodel.calibrate.fit import Fit
    from swmodel.study.executor import Progress

NOT_CONVERGED = 3  # exit code of a fit that fails a gate
UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}


class Budget(click.ParamType):
    """A length of time, as in 45min; in seconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds of a text such as 45min."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(s|min|h)", str(value).strip())
        if match is None or not float(match[1]) > 0.0:
            self.fail(f"'{value}' is no time; write a number with s, min or h, as in 45min", param, ctx)
        return float(match[1]) * UNITS[match[2]]


class NotConverged(Fault):
    """The fit is there and fails a gate."""

    exit_code = NOT_CONVERGED


class Lines:
    """Tells of a fit as it goes on, on standard error."""

    def __init__(self, quiet: bool, workers: int) -> None:
        self.quiet, self.begun = quiet, time.monotonic()
        self.line: ProgressLine | None = None

    def begin(self, name: str, runs: int) -> Progress:
        """A batch of runs begins."""
        if not self.quiet:
            click.echo(f"{name}: {runs} runs", err=True)
        self.line = ProgressLine(runs, self.quiet)
        return self.line

    def end(self, words: str) -> None:
        """A batch is finished."""
        if self.line is not None:
            self.line.__exit__(None, None, None)
        if words and not self.quiet:
            click.echo(f"  {words}; {(time.monotonic() - self.begun) / 60.0:.1f} min so far", err=True)


@click.command()
@click.argument("file", type=click.Path())
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder for the fit  [default: one named after the calibration, in out/]",
)
@click.option(
    "--budget",
    metavar="TIME",
    type=Budget(),
    default=math.inf,
    show_default="none",
    help="Stop searching in time to be finished after so long, as in 45min.",
)
@click.option(
    "--until",
    metavar="YEAR",
    type=float,
    default=math.inf,
    show_default="all",
    help="Fit only to surveys until this year, predict the later ones, and score the predictions.",
)
@click.option(
    "--from",
    "earlier",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of another fit of the same priors and surveys, to learn from its runs as well.",
)
@click.option("--people", metavar="N", type=int, help="Adults at the start, instead of the calibration's number.")
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Simulations side by side; the fit is the same.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Run on the workers of this Dask scheduler instead, which read the same files; the fit is the same.",
)
@click.option("--resume", is_flag=True, help="Go on with a fit that was stopped, in the same folder.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier fit in the same folder.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def calibrate(file: str, out: Path | None, budget: float, until: float, earlier: Path | None, people: int | None,
              workers: int, scheduler: str | None, resume: bool, overwrite: bool, quiet: bool) -> None:  # fmt: skip
    """Fit the scenario that a calibration FILE names to its surveys.

    Writes the posterior (fit/draws.csv, fit/fit.json), which `run` and `compare` take with --posterior, and a report.
    Exit code 3 says that the fit fails a gate: it is not converged, or does not meet the data.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # threads over small matrices fight with those of runs
        os.environ.setdefault(name, "1")
    from swmodel.calibrate.cluster import Cluster
    from swmodel.calibrate.fit import fit
    from swmodel.calibrate.folder import FOLDER
    from swmodel.calibrate.read import read_calibration
    from swmodel.calibrate.record import write
    from swmodel.report import fit as report
    from swmodel.study.store import told

    found = read_calibration(file, until, people=people)
    out = out or OUT / f"{found.name}_calibration{'' if math.isinf(until) else f'_until_{until:g}'}"
    cluster = Cluster(scheduler) if scheduler else None
    try:
        made = fit(found, out, workers=workers, budget=budget, resume=resume, overwrite=overwrite,
                   earlier=earlier, cluster=cluster, reporter=Lines(quiet, workers))  # fmt: skip
    except KeyboardInterrupt:
        raise Fault(f"stopped; the runs so far are kept in {out}; give the same command with --resume") from None
    finally:
        if cluster is not None:
            cluster.close()
    with told(out):
        page = report.write(write(made, out / FOLDER), found.arm.scenario, out / FOLDER)
    if not quiet:
        click.echo(said(made, out / FOLDER, page))
    if not made.converged:
        failed = ", ".join(gate.name for gate in made.gates if not gate.passed)
        raise NotConverged(f"not converged: the fit fails {failed}; it is kept, and says so wherever it is used")


def said(made: Fit, folder: Path, page: Path) -> str:
    """What was found, in a few lines."""
    lines = [f"{made.calibration.title or made.calibration.name}: {made.runs:,} runs"]
    lines += [f"  {'passed' if gate.passed else 'FAILED'}  {gate.name}: {gate.words}" for gate in made.gates]
    return "\n".join([*lines, "Written:", f"  {folder}", f"  {page}"])
