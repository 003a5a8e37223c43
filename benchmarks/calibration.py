"""What a calibration costs beside its simulations; prints JSON. Arguments: people (3000), workers (2).

Two waves of the calibration of Cotonou with few people, and a check: the time that is not in simulations, as a share of
all and as seconds a batch, and the growth of memory from the first to the last run.
"""

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from machine import here

FIRST, BATCH, CHECK = 740, 340, 100  # runs, as in the shipped fit


def main() -> None:
    """Print the figures."""
    import psutil

    from swmodel.calibrate.fit import Silence, fit
    from swmodel.calibrate.read import read_calibration
    from swmodel.calibrate.simulate import POINTS

    people, workers = (int(sys.argv[k]) if len(sys.argv) > k else v for k, v in ((1, 3000), (2, 2)))
    one = read_calibration("calibration/cotonou/calibration.yaml", people=people)
    one = replace(one, search=replace(one.search, most=2, check=CHECK))
    memory: list[int] = []

    class Watch(Silence):
        """Notes the memory in use after every batch."""

        def end(self, words: str) -> None:
            memory.append(psutil.Process().memory_info().rss)

    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        found = fit(one, Path(folder) / "fit", workers=workers, reporter=Watch())
        wall = time.monotonic() - begun
        lines = (Path(folder) / "fit" / POINTS).read_text(encoding="utf-8").splitlines()
    inside = sum(json.loads(line)["seconds"] for line in lines) / workers
    print(json.dumps({
        "runs": found.runs, "people": people, "workers": workers, "wall_seconds": round(wall, 1),
        "seconds_outside_simulations": round(wall - inside, 1),
        "share_outside_simulations": round(1.0 - inside / wall, 4),
        "megabytes_after_each_batch": [round(size / 1e6) for size in memory], **here(),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
