"""`swmodel run`: one scenario, several seeds."""

from __future__ import annotations

from pathlib import Path

import click

from swmodel.cli.options import Options, study_options

OUT = Path("out")
ASKED = "asked.csv"  # what was asked for against what came about


@click.command()
@click.argument("scenario", type=click.Path())
@study_options
def run(scenario: str, options: Options) -> None:
    """Run the SCENARIO file and write its results, its record and its charts into a folder."""
    from swmodel.analysis import asked
    from swmodel.charts import draw_run
    from swmodel.cli.carry_out import carry_out, say_written, study_of
    from swmodel.cli.summary import run_summary
    from swmodel.study.plan import read_arm

    arm = read_arm(scenario, (), options.overrides, **options.simulation)
    study, fit = study_of((arm,), options)
    out = options.out or OUT / arm.name
    results = carry_out(study, out, options)
    arm = study.arms[0]
    # Draws of a fit change what is asked for, each in its own way.
    rows = [] if fit else asked.compare(arm.scenario, asked.pooled(results.runs), arm.params)
    if not fit:
        asked.write(rows, out / ASKED)
    drawn = draw_run(out, results, arm.scenario) if options.charts else []
    if not options.quiet:
        click.echo(f"{arm.scenario.title}\n{fit}\n{run_summary(results)}\n")
        if rows and (words := asked.off_words(rows)):
            click.echo(f"Off what is asked by more than 5 %: {words}. See {out / ASKED}.\n")
        say_written(out, drawn, (ASKED,))
