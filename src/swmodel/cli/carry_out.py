"""What `run` and `compare` have in common: run a study into a folder, and tell the user how it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from swmodel.cli import Fault
from swmodel.cli.options import Options
from swmodel.cli.progress import ProgressLine
from swmodel.results import Results
from swmodel.scenario.spec import NO_FIT
from swmodel.study import run_study
from swmodel.study.plan import AS_WRITTEN, Arm, Study, seeds_of, study_over
from swmodel.study.store import CHARTS, PARQUET, RECORD, TABLE, Store

SECONDS_A_KERNEL = 0.9  # to compile one, on one core of 2025


def study_of(
    arms: Sequence[Arm], options: Options, draws: Sequence[Mapping[str, Any]] = (AS_WRITTEN,)
) -> tuple[Study, str]:
    """The study of some scenarios, and a line on the fit whose draws it runs, where the options or the first scenario
    name one. Every seed has a draw of its own then, the same for each of `draws`.
    """
    first = arms[0].scenario
    seeds, folder = seeds_of(first), str(options.posterior or first.posterior)
    if folder in ("", NO_FIT):
        return Study(tuple(arms), seeds, tuple(draws)), ""
    from swmodel.calibrate.posterior import read_fit

    fit = read_fit(folder)
    return study_over(fit, arms, seeds, draws), f"{fit.words}\n"


def carry_out(study: Study, out: Path, options: Options) -> Results:
    """Run a study into the folder `out`. Ctrl-C keeps the finished runs and says how to go on."""
    store = Store(out, study)
    total = len(study.tasks)
    say_if_compiling(study, options.quiet)
    try:
        with ProgressLine(total, options.quiet) as progress:
            return run_study(
                study, store=store, resume=options.resume, overwrite=options.overwrite, workers=options.workers,
                progress=progress,
            )  # fmt: skip
    except KeyboardInterrupt:
        kept = store.kept()
        runs = f"{kept} of {total} run{'' if total == 1 else 's'}"
        message = f"stopped; {runs} finished and kept in {out}; give the same command with --resume to go on"
        raise Fault(message) from None


def say_if_compiling(study: Study, quiet: bool) -> None:
    """One line before the very first run on a machine, which would otherwise seem to hang."""
    from swmodel import jit
    from swmodel.warm import workers

    if not quiet and not jit.is_warm():
        arm = study.arms[0]
        kernels = {step.process.name for step in arm.contents(arm.scenario)}
        seconds = 5 + round(SECONDS_A_KERNEL * len(kernels) / workers())
        click.echo(f"Compiling the model's kernels, once on this machine (about {seconds} s)...", err=True)


def say_written(out: Path, drawn: Iterable[Path], others: Iterable[str] = ()) -> None:
    """The files that were written; charts as one line."""
    files = [out / name for name in (TABLE, *others, PARQUET, RECORD) if (out / name).exists()]
    drawn = list(drawn)
    click.echo("Written:")
    for path in files:
        click.echo(f"  {path}")
    if drawn:
        click.echo(f"  {out / CHARTS} ({len(drawn)} file{'' if len(drawn) == 1 else 's'})")
