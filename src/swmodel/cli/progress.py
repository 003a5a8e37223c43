"""Progress of a study: a bar on a terminal, plain lines elsewhere, and nothing for what is over in two seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 2.0  # seconds before anything is shown
LINE_EVERY = 10  # per cent between two plain lines


class ProgressLine:
    """Called with the work done, in tasks, and the number of tasks finished; a context manager."""

    def __init__(self, tasks: int, quiet: bool) -> None:
        self.tasks, self.quiet = tasks, quiet
        self.begun, self.shown = time.monotonic(), 0
        self.bar: Progress | None = None
        self.line: TaskID | None = None

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, share: float, finished: int) -> None:
        """Show how far the study is."""
        if self.quiet or time.monotonic() - self.begun < PATIENCE:
            return
        if sys.stderr.isatty():
            self.show_bar(share, finished)
        else:
            self.show_line(share, finished)

    def show_bar(self, share: float, finished: int) -> None:
        """Move the bar."""
        if self.bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self.line = self.bar.add_task("", total=self.tasks)
            self.bar.start()
        assert self.line is not None
        self.bar.update(self.line, completed=share, description=self.words(finished))

    def show_line(self, share: float, finished: int) -> None:
        """Write a line whenever another tenth is done."""
        done = int(100 * share / self.tasks)
        if done - self.shown >= LINE_EVERY:
            self.shown = done - done % LINE_EVERY
            click.echo(f"{self.shown} % done, {self.words(finished)}", err=True)

    def words(self, finished: int) -> str:
        """How many runs are finished."""
        return f"{finished} of {self.tasks} run{'' if self.tasks == 1 else 's'} finished"
