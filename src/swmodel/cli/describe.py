"""`swmodel describe`: a scenario, the order of a step, the parameters, the measures, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from swmodel.cli import Fault

if TYPE_CHECKING:
    from swmodel.binding import Step
    from swmodel.scenario.declarations import Declarations
    from swmodel.study.plan import Arm

WHAT = ("scenario", "order", "parameters", "measures", "network", "pathways", "levers")


ENDINGS = (".svg", ".png", ".pdf")
YEARS_OF_A_LOOK = 30.0  # of the run that `describe network` makes


@click.command()
@click.argument("what", metavar="WHAT", type=click.Choice(WHAT))
@click.argument("scenario", type=click.Path(), required=False)
@click.option("--markdown", is_flag=True, help="Write Markdown, as the documentation has it.")
@click.option("--picture", type=click.Path(dir_okay=False), help="Draw the pathways into this file (svg, png or pdf).")
def describe(what: str, scenario: str | None, markdown: bool, picture: str | None) -> None:
    """Say in plain words what a SCENARIO does, or what the model is made of. WHAT is one of:

    \b
    scenario    populations, years, interventions, values that differ (needs SCENARIO)
    order       every process of one time step, in its order
    parameters  every parameter with its default, unit, range and source
    measures    every measure of the results
    pathways    arrows from violence, police and law to condoms, testing, care and visits, with their evidence
    levers      the scenarios of a folder (SCENARIO, or scenarios/levers), and what each answers
    network     partners, acts, volumes, spells and sizes: asked for against realised in a short run (needs SCENARIO)

    With a SCENARIO, the order, parameters, measures and pathways include its interventions and extensions.
    """
    from swmodel.scenario import describe as words

    if what in ("scenario", "network") and scenario is None:
        raise click.UsageError("name the scenario file to describe")
    if what == "levers":
        click.echo(levers(scenario or "scenarios/levers", markdown))
        return
    if picture is not None and what != "pathways":
        raise click.UsageError("--picture draws the pathways only: swmodel describe pathways --picture FILE")
    arm, known = loaded(scenario)
    if what == "scenario":
        assert arm is not None
        text = words.describe_scenario(arm.scenario, known, markdown)
    elif what == "network":
        assert arm is not None
        text = asked_in_a_run(arm, markdown)
    elif what == "order":
        text = words.describe_order(arm.contents(arm.scenario) if arm else every_step(), markdown)
    elif what == "parameters":
        text = words.describe_parameters(known, markdown)
    elif what == "pathways":
        text = pathways(arm, markdown, picture)
    else:
        text = words.describe_measures(known, markdown)
    click.echo(text)


def loaded(scenario: str | None) -> tuple[Arm | None, Declarations]:
    """The arm of a scenario file where one is named, and what is declared, with the file's extensions."""
    from swmodel.scenario.declarations import core

    if scenario is None:
        return None, core()
    from swmodel.study.plan import read_arm

    arm = read_arm(scenario)
    return arm, core().extended(arm.extensions)


def asked_in_a_run(arm: Arm, markdown: bool) -> str:
    """Run one seed of the scenario for a while, and set what came about against what was asked for."""
    from dataclasses import replace

    from swmodel.analysis import asked
    from swmodel.study.executor import run_task
    from swmodel.study.plan import Study

    scenario = replace(arm.scenario, stop=min(arm.scenario.stop, arm.scenario.start + YEARS_OF_A_LOOK))
    arm = replace(arm, scenario=scenario)
    rows = asked.compare(scenario, run_task(Study((arm,), (scenario.seed,)).tasks[0]), arm.params)
    head = (
        f"{scenario.title}: {scenario.people:,} people, {scenario.start:g} to {scenario.stop:g}, seed {scenario.seed}"
    )
    flags = 'Flags: "off" differs by more than 5 %; "few" does too, but rests on too few events to tell.'
    return f"{head}\n\n{asked.as_table(rows, markdown)}\n\n{flags}"


def levers(folder: str, markdown: bool) -> str:
    """The scenarios of a folder that answer rows of the Guidance Note: name, rows, grade of evidence, title."""
    from pathlib import Path

    from swmodel.scenario.load import load
    from swmodel.scenario.tables import table

    files = sorted(Path(folder).glob("*.yaml"))
    if not files:
        raise Fault(f"{folder}: there is no scenario in this folder")
    found = [load(path) for path in files]
    rows = [[one.name, ", ".join(one.answers), one.evidence, one.title] for one in found if one.answers]
    return table(["scenario", "answers", "evidence", "title"], rows, markdown)


def pathways(arm: Arm | None, markdown: bool, picture: str | None) -> str:
    """The arrows, with the sizes that the scenario gives them; drawn into a file where one is named."""
    from swmodel import model
    from swmodel.pathways import in_force
    from swmodel.processes.pathways import CAUSAL_SHARE
    from swmodel.scenario.ways import describe_pathways

    extensions = arm.extensions if arm is not None else ()
    given = arm.scenario.parameters if arm is not None else {}
    arrows = [*model.ARROWS, *(arrow for one in extensions for arrow in one.arrows)]
    if picture is not None:
        from pathlib import Path

        from swmodel.charts.pathways import draw

        path = Path(picture)
        if path.suffix not in ENDINGS:
            raise click.UsageError(f"{picture}: a picture ends in {', '.join(ENDINGS)}")
        try:
            draw([arrow for arrow in arrows if in_force(arrow, given)], model.PROCESSES, path)
        except OSError as error:
            raise Fault(f"{picture}: cannot be written: {error.strerror}") from None
    share = given.get(CAUSAL_SHARE.name, CAUSAL_SHARE.default)
    return describe_pathways(arrows, given, share if not isinstance(share, dict) else 1.0, markdown)


def every_step() -> list[Step]:
    """The model's own processes, then each kind of intervention once."""
    from swmodel import model
    from swmodel.binding import Step

    return [Step(process) for process in (*model.PROCESSES, *model.INTERVENTIONS.values())]
