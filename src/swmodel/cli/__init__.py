"""The command line: one module a command, imported when it is used; summaries are here, so that --help is quick."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import Any

import click

# Command -> the line that --help shows; the module swmodel.cli.NAME holds the command NAME.
SUMMARIES = {
    "run": "Run a scenario and write its results and charts.",
    "compare": "Run scenarios with the same seeds and report the paired differences.",
    "check": "Say what is wrong with scenario files, or that they are sound.",
    "describe": "Say in plain words what a scenario does, or what the model is made of.",
    "calibrate": "Fit a scenario to its surveys, and say how well and how surely.",
    "network": "Write who is paired with whom at one moment of a run, with statistics and pictures.",
    "plot": "Draw the charts of a finished run again.",
    "schema": "Print the JSON Schema of scenario files, for completion in an editor.",
}
BAD_INPUT, OTHERWISE = 2, 1  # exit codes


class Fault(click.ClickException):
    """Something that went wrong, told without a traceback; `bare` leaves the message as it is."""

    exit_code = OTHERWISE

    def __init__(self, message: str, bare: bool = False) -> None:
        super().__init__(message)
        self.bare = bare

    def show(self, file: Any = None) -> None:
        """Print the message on standard error."""
        click.echo(self.message if self.bare else f"Error: {self.message}", file=file, err=True)


class Commands(click.Group):
    """Commands by name, imported when used; errors that a user can mend become one clear message each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which a newcomer meets them."""
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in SUMMARIES:
            return None
        command = getattr(import_module(f"swmodel.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the summaries alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or offer the nearest name."""
        name = args[0]
        if name not in SUMMARIES and not name.startswith("-"):
            near = difflib.get_close_matches(name, SUMMARIES, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(SUMMARIES)}"
            ctx.fail(f"no command '{name}'; {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a known error becomes a message and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            raise fault from None


class InputFault(Fault):
    """Something in the input is wrong."""

    exit_code = BAD_INPUT


def fault_of(error: Exception) -> Fault | None:
    """The message and exit code for an error that is not a defect of the program; None for any other."""
    from swmodel.declare import DeclarationError
    from swmodel.extend import ExtensionError
    from swmodel.scenario.problems import ScenarioError
    from swmodel.study.plan import StudyError
    from swmodel.study.store import FolderError, OutputError

    if isinstance(error, ScenarioError):
        return InputFault(str(error), bare=True)
    if isinstance(error, (DeclarationError, ExtensionError, StudyError, FolderError)):
        return InputFault(str(error))
    return Fault(str(error)) if isinstance(error, OutputError) else None


def show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        from swmodel import __version__

        click.echo(f"swmodel {__version__}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 118})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Show the version."
)
def main() -> None:
    """An individual-based model of HIV and sex work, run from scenario files.

    A first run: swmodel run scenarios/settings/cotonou.yaml --seeds 2

    Exit codes: 0 all is well, 2 something in the input is wrong, 3 a fit that is not converged, 1 anything else.
    """
