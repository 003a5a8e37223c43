"""The options that `run` and `compare` share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True)
class Options:
    """How to run a study, as the command line says."""

    out: Path | None
    posterior: Path | None
    people: int | None
    seeds: int | None
    seed: int | None
    stop: float | None
    overrides: tuple[str, ...]
    workers: int
    resume: bool
    overwrite: bool
    charts: bool
    quiet: bool

    @property
    def simulation(self) -> dict[str, Any]:
        """What goes over the `simulation:` section of a scenario."""
        return {"people": self.people, "seeds": self.seeds, "seed": self.seed, "stop": self.stop}


def whole_year(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """A year without its needless decimal, as messages should quote it."""
    return int(value) if value is not None and value == int(value) else value


OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--out", metavar="DIR", type=click.Path(path_type=Path),
        help="Folder for the results  [default: one named after the scenario, in out/]",
    ),
    click.option(
        "--posterior", metavar="FIT", type=click.Path(path_type=Path),
        help="Folder of a fit, as `calibrate` writes it: every seed runs with a draw of its parameters  [default: the "
        "scenario's own, if it names one; 'none' for the scenario's values alone]",
    ),
    click.option("--people", metavar="N", type=int, help="Adults at the start, instead of the scenario's number."),
    click.option("--seeds", metavar="K", type=int, help="How many seeds to run."),
    click.option("--seed", metavar="S", type=int, help="The first seed."),
    click.option("--stop", metavar="YEAR", type=float, callback=whole_year, help="End earlier, at this year."),
    click.option(
        "--set", "overrides", metavar="A.B=VALUE", multiple=True,
        help="Set one value, as in --set care.art_start='0.5 per year'; may be given again.",
    ),
    click.option(
        "--workers", metavar="N", type=click.IntRange(min=1), default=1, show_default=True,
        help="Simulations side by side; the results are the same.",
    ),
    click.option("--resume", is_flag=True, help="Go on with an interrupted run in the same folder."),
    click.option("--overwrite", is_flag=True, help="Replace an earlier run in the same folder."),
    click.option("--charts/--no-charts", default=True, help="Draw charts at the end, or not."),
    click.option("--quiet", is_flag=True, help="Print nothing but errors."),
)  # fmt: skip


def study_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a study; it receives them as one `options` argument."""

    def with_options(**given: Any) -> Any:
        names = {f.name for f in fields(Options)}
        options = Options(**{name: value for name, value in given.items() if name in names})
        return command(options=options, **{name: value for name, value in given.items() if name not in names})

    with_options.__name__, with_options.__doc__ = command.__name__, command.__doc__
    for option in reversed(OPTIONS):
        with_options = option(with_options)
    return with_options
