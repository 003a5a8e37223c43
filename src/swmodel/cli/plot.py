"""`swmodel plot`: the charts of a finished run or comparison, drawn again."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def plot(folder: Path) -> None:
    """Draw the charts of the finished run, or comparison, in the folder DIR."""
    from swmodel import charts
    from swmodel.study.paired import comparison
    from swmodel.study.store import read_folder

    results = read_folder(folder)
    baseline, *others = results.scenarios
    if others:
        drawn = charts.draw_comparison(folder, comparison(results, baseline))
    else:
        drawn = charts.draw_run(folder, results, results.scenarios[baseline])
    for path in drawn:
        click.echo(str(path))
