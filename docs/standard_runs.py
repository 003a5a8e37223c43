"""Run every lever scenario against the baseline and write docs/standard_runs.csv: what each moved, what it left alone.

`python docs/standard_runs.py [PEOPLE] [SEEDS]` (20000 and 4: about 25 minutes on two idle cores). The page on
levers is made from the file, so that it shows a run that anybody can repeat.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import numpy as np

from swmodel.processes.pathways import CAUSAL_SHARE
from swmodel.study import compare
from swmodel.study.paired import Twins, interval

HERE = Path(__file__).parent
LEVERS = HERE.parent / "scenarios" / "levers"
FILE = HERE / "standard_runs.csv"
BASELINE = "baseline"
FIRST, LAST = 2026, 2035  # years over which changes are taken
SHARES = (0.0, 0.5, 1.0)
MOVED = (  # measure, group
    ("violence_past_year", "fsw"), ("prophylaxis_needed", "fsw"), ("police_contact_rate", "fsw"), ("arrests", "fsw"),
    ("kept_by_stigma", "fsw"), ("without_papers", "fsw"), ("hazardous_drinking", "fsw"), ("coerced_or_bonded", "fsw"),
    ("economic_need", "fsw"), ("in_debt", "fsw"), ("members", "fsw"), ("people", "fsw"),
    ("condom_use", "one_off_client"), ("condom_use", "own_partner"), ("contacts_sold", "fsw"), ("tests", "fsw"),
    ("suppressed_share", "fsw"), ("new_infections", "fsw"), ("new_infections", "clients"), ("new_infections", "all"),
    ("new_infections", "kisumu"),
)  # fmt: skip
COLUMNS = ("lever", "causal_share", "measure", "group", "unit", "change", "low", "high", "moved", "pairs")


def main() -> None:
    """Run, and write the file."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    files = [LEVERS / f"{BASELINE}.yaml", *sorted(f for f in LEVERS.glob("*.yaml") if f.stem != BASELINE)]
    draws = tuple({CAUSAL_SHARE.name: share} for share in SHARES)
    made = compare(files, seeds=seeds, people=people, stop=LAST + 1, draws=draws, workers=os.cpu_count() or 1)
    with FILE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for lever in made.others:
            runs = [run for run in made.results.runs if run.scenario == lever]
            for draw, share in enumerate(SHARES):
                chosen = [k for k, run in enumerate(runs) if run.draw == draw]
                for measure, group in MOVED:
                    writer.writerow([lever, share, measure, group, *change(made.of(lever), chosen, measure, group)])


def change(twins: Twins, chosen: list[int], measure: str, group: str) -> list[str]:
    """Change of the years' mean in percent, in points of what was none before: unit, mean over pairs, 95 % interval,
    whether any run differs, and the pairs.
    """
    years = [k for k, year in enumerate(twins.years) if FIRST <= year <= LAST]
    place = twins.place(measure, group)
    ours, theirs = (table[np.ix_(chosen, years, [place])][:, :, 0] for table in (twins.ours, twins.theirs))
    with_it, without = np.nanmean(ours, axis=1), np.nanmean(theirs, axis=1)
    unit, differs = ("%", with_it / without - 1.0) if without.all() else ("points", with_it - without)
    numbers = [f"{100.0 * number:.2f}" for number in interval(differs[:, None])[3:, 0]]
    return [unit, *numbers, str(int((ours != theirs).any())), str(len(chosen))]


if __name__ == "__main__":
    main()
