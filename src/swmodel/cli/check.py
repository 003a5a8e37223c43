"""`swmodel check`: what is wrong with scenario files."""

from __future__ import annotations

from dataclasses import replace

import click

from swmodel.cli import BAD_INPUT

PEOPLE = 200  # enough to bind every kernel to its arguments


@click.command()
@click.argument("scenarios", metavar="SCENARIO...", type=click.Path(), nargs=-1, required=True)
def check(scenarios: tuple[str, ...]) -> None:
    """Check SCENARIO files, the files they extend and their extensions, without running them."""
    from swmodel.declare import DeclarationError
    from swmodel.engine import Engine
    from swmodel.scenario.problems import ScenarioError
    from swmodel.study.plan import Study, StudyError, read_arm

    bad = False
    for path in scenarios:
        try:
            arm = read_arm(path)
            Study((arm,), (arm.scenario.seed,))
            small = replace(arm.scenario, people=PEOPLE)
            Engine(small, arm.contents(small), small.seed)
        except ScenarioError as error:
            bad = True
            click.echo(str(error), err=True)
        except (DeclarationError, StudyError) as error:
            bad = True
            click.echo(f"{path}: {error}", err=True)
        else:
            click.echo(f"{path}: ok")
    if bad:
        raise click.exceptions.Exit(BAD_INPUT)
