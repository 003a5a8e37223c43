"""`swmodel compare`: scenarios beside a baseline, seed by seed."""

from __future__ import annotations

import click

from swmodel.cli.options import Options, study_options
from swmodel.cli.run import OUT


@click.command()
@click.argument("base", type=click.Path())
@click.argument("others", metavar="OTHER...", type=click.Path(), nargs=-1, required=True)
@click.option(
    "--causal-shares/--one-share", "shares", default=True,
    help="Where violence, police, stigma and the like weigh on people: run with none, half and all of what was "
    "observed taken as causal, or only with the share of the scenario.",
)  # fmt: skip
@study_options
def compare(base: str, others: tuple[str, ...], options: Options, shares: bool) -> None:
    """Run the BASE scenario and each OTHER with the same seeds, and report what the others change.

    Differences are taken seed by seed, so chance that is common to both falls out; options go to every scenario.
    """
    from swmodel.charts import draw_comparison
    from swmodel.cli.carry_out import carry_out, say_written, study_of
    from swmodel.cli.summary import comparison_summary, shares_summary
    from swmodel.study import causal_share, comparable, comparison
    from swmodel.study.plan import AS_WRITTEN, read_arm
    from swmodel.study.store import COMPARISON, told

    arms = tuple(read_arm(path, (), options.overrides, **options.simulation) for path in (base, *others))
    draws = causal_share.draws_of(arms) if shares else (AS_WRITTEN,)
    study, fit = study_of(arms, options, draws)
    study = comparable(study)
    out = options.out or OUT / f"{arms[0].name}_compared"
    compared = comparison(carry_out(study, out, options), arms[0].name)
    usual, each = causal_share.usual(compared), causal_share.by_share(compared)
    files = [COMPARISON, *([causal_share.TABLE] if each else [])]
    with told(out):
        usual.write_csv(out / COMPARISON)
        if each:
            causal_share.write_shares(out / causal_share.TABLE, each)
    drawn = draw_comparison(out, compared) if options.charts else []
    if not options.quiet:
        click.echo(f"Infections averted, compared with {study.arms[0].name}\n{fit}\n{comparison_summary(usual)}\n")
        if each:
            click.echo(f"{shares_summary(each)}\n")
        say_written(out, drawn, files)
