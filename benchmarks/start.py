"""How long a user waits: for help, for a small run, and for the first run ever; prints JSON. Argument: repeats (5).

Each figure is the median wall time of whole processes started by the installed command; the first run ever has an empty
folder for compiled kernels, and is timed once.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import here

COMMAND = Path(sys.executable).with_name("swmodel")
RUN = ("run", "scenarios/settings/cotonou.yaml", "--people", "2000", "--seeds", "1", "--stop", "1995", "--no-charts")


def seconds(arguments: tuple[str, ...], cache: str = "") -> float:
    """Wall time of one process; bytecode may be kept, as it is for a user."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if cache:
        environment["SWMODEL_CACHE"] = cache
    started = time.perf_counter()
    subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the figures."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:

        def run(k: int, cache: str = "") -> float:
            return seconds((*RUN, "--out", f"{folder}/{k}"), cache)

        run(0), seconds(("--help",))
        print(json.dumps({
            "help_milliseconds": round(1e3 * statistics.median(seconds(("--help",)) for _ in range(4 * repeats)), 1),
            "small_run_seconds": round(statistics.median(run(k) for k in range(1, repeats + 1)), 2),
            "first_run_ever_seconds": round(run(repeats + 1, f"{folder}/cache"), 1), **here(),
        }))  # fmt: skip


if __name__ == "__main__":
    main()
