"""`swmodel schema`: the JSON Schema of scenario files."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("scenario", type=click.Path(), required=False)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Write it to a file.")
def schema(scenario: str | None, out: Path | None) -> None:
    """Print the JSON Schema of scenario files; with a SCENARIO, for its extensions too.

    \b
    An editor with a YAML language server completes and checks a file that begins
    # yaml-language-server: $schema=PATH-OF-THE-SCHEMA
    """
    from swmodel.results import whole_file
    from swmodel.scenario.schema import schema_text
    from swmodel.study.plan import read_arm
    from swmodel.study.store import told

    text = schema_text(read_arm(scenario).extensions if scenario else ())
    if out is None:
        click.echo(text, nl=False)
        return
    with told(out), whole_file(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
