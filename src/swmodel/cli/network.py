"""`swmodel network`: who is paired with whom at one moment of a run, as files, numbers and pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from swmodel.cli.options import whole_year

if TYPE_CHECKING:
    from swmodel.analysis.network import Snapshot
    from swmodel.engine import Engine
    from swmodel.study.plan import Arm

FORMATS = ("graphml", "gexf", "csv")
OUT = Path("out")


def chosen(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """The formats of a list with commas."""
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",")))
    for name in names:
        if name not in FORMATS:
            raise click.BadParameter(f"'{name}' is not one of {', '.join(FORMATS)}")
    return names


@click.command()
@click.argument("scenario", type=click.Path())
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder for the files  [default: one named after the scenario, in out/]",
)
@click.option(
    "--year",
    metavar="YEAR",
    type=float,
    callback=whole_year,
    help="Look at the month before this year begins  [default: the end of the run]",
)
@click.option("--people", metavar="N", type=int, help="Adults at the start, instead of the scenario's number.")
@click.option("--seed", metavar="S", type=int, help="The seed, instead of the scenario's first.")
@click.option(
    "--set",
    "overrides",
    metavar="A.B=VALUE",
    multiple=True,
    help="Set one value, as in --set care.art_start='0.5 per year'; may be given again.",
)
@click.option(
    "--format",
    "formats",
    metavar="LIST",
    default=",".join(FORMATS),
    show_default=True,
    callback=chosen,
    help="Which files of the network to write, with commas between them.",
)
@click.option(
    "--against",
    metavar="SCENARIO",
    type=click.Path(),
    help="Run this scenario too, and say instead how many pairs and contacts are the same in both.",
)
@click.option("--charts/--no-charts", default=True, help="Draw the pictures, or not.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def network(
    scenario: str, out: Path | None, year: float | None, people: int | None, seed: int | None,
    overrides: tuple[str, ...], formats: tuple[str, ...], against: str | None, charts: bool, quiet: bool,
) -> None:  # fmt: skip
    """Run the SCENARIO file with one seed up to a year, and write who is paired with whom in that month.

    The files are of simulated people: GraphML and GEXF for programs such as Gephi and igraph, tables of people and
    pairs, statistics of the network, and pictures. Earlier files of the same names are replaced.

    With --against, both scenarios are run, and kept.csv has the share of pairs of each month that are the same in both,
    among people whom no intervention of either reached.
    """
    from swmodel.analysis.network import snapshot, statistics, statistics_table
    from swmodel.charts import words
    from swmodel.study.plan import read_arm

    arm = read_arm(scenario, (), overrides, people=people, seed=seed)
    if against is not None:
        survival(arm, read_arm(against, (), overrides, people=people, seed=seed), out, quiet)
        return
    engine = run_to(arm, year, quiet)
    seen = snapshot(engine, engine.layout, words.place(arm.scenario).removeprefix(" in "))
    rows = statistics(seen)
    out = out or OUT / f"{arm.name}_network"
    written = write(seen, rows, out, formats, charts)
    if not quiet:
        click.echo(f"{arm.scenario.title}\n\n{statistics_table(rows)}\n\nWritten:")
        for path in written:
            click.echo(f"  {path}")


def run_to(arm: Arm, year: float | None, quiet: bool) -> Engine:
    """An engine at the end of the month before a year, with the contacts of that month. Raises InputFault."""
    from swmodel.analysis.network import open_month
    from swmodel.cli import Fault, InputFault
    from swmodel.cli.carry_out import say_if_compiling
    from swmodel.cli.progress import ProgressLine
    from swmodel.engine import Engine
    from swmodel.study.plan import Study

    scenario = arm.scenario
    until = scenario.stop if year is None else year
    last = round((until - scenario.start) / scenario.step)
    if not 0 < last <= round((scenario.stop - scenario.start) / scenario.step):
        message = f"the run goes from {scenario.start:g} to {scenario.stop:g}; --year {until:g} is not within it"
        raise InputFault(message)
    say_if_compiling(Study((arm,), (scenario.seed,)), quiet)
    engine = Engine(scenario, arm.contents(scenario), scenario.seed)
    try:
        with ProgressLine(1, quiet) as progress:
            # One step short of the year: the last one is run so that its contacts stay.
            engine.run(until - scenario.step, watch=lambda one: progress(one.step / last, 0))
            open_month(engine)
    except KeyboardInterrupt:
        raise Fault("stopped; nothing was written") from None
    return engine


def survival(arm: Arm, other: Arm, out: Path | None, quiet: bool) -> None:
    """Run two scenarios side by side, and write and print the share of pairs that are the same in both."""
    from swmodel.analysis import kept
    from swmodel.cli.carry_out import say_if_compiling
    from swmodel.engine import Engine
    from swmodel.study.paired import check_pair
    from swmodel.study.plan import Study
    from swmodel.study.store import told

    check_pair(arm.scenario, other.scenario, other.name)
    say_if_compiling(Study((arm,), (arm.scenario.seed,)), quiet)
    first, second = (Engine(one.scenario, one.contents(one.scenario), arm.scenario.seed) for one in (arm, other))
    rows = list(kept.kept_pairs(first, second))
    out = out or OUT / f"{other.name}_network"
    with told(out):
        out.mkdir(parents=True, exist_ok=True)
        kept.write(rows, out / "kept.csv")
    if not quiet:
        since = min((lever.start for one in (arm, other) for lever in one.scenario.levers), default=arm.scenario.start)
        words = "Pairs of a month that are the same in both, %, among people whom no intervention reached"
        click.echo(f"{arm.name} and {other.name}\n{words}\n\n{kept.as_table(rows, since)}\n")
        click.echo(f"Written:\n  {out / 'kept.csv'}")


def write(seen: Snapshot, rows: Any, out: Path, formats: tuple[str, ...], charts: bool) -> list[Path]:
    """Write every file into a folder and return them. Raises OutputError."""
    from swmodel.analysis import network as analysis
    from swmodel.study.store import told

    ways: dict[str, tuple[tuple[str, Callable[[Snapshot, Path], None]], ...]] = {
        "graphml": (("network.graphml", analysis.write_graphml),),
        "gexf": (("network.gexf", analysis.write_gexf),),
        "csv": (("people.csv", analysis.write_people_csv), ("edges.csv", analysis.write_edges_csv)),
    }
    written = []
    with told(out):
        out.mkdir(parents=True, exist_ok=True)
        for name, way in [one for chosen_format in formats for one in ways[chosen_format]]:
            way(seen, out / name)
            written.append(out / name)
        analysis.write_statistics(rows, out / "statistics.csv")
        written.append(out / "statistics.csv")
    if charts:
        from swmodel.charts.network import mixing_picture, network_picture

        written += network_picture(seen, out / "network")
        written += mixing_picture(seen, out / "mixing")
    return written
