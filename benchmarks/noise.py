"""How much less a difference between scenarios varies when they share their chance; prints JSON.

Cotonou with 20,000 people; in the second scenario condom use with clients is 5 percentage points higher from a year on.
Infections averted within 30 years are compared over seeds: with the same seed for both, and with independent seeds,
whose variance is the sum of both variances. Given for a change in 1993, when Cotonou's programme began, and in 1985,
with the first infections, when a single one that is averted may carry much of the epidemic with it.
Arguments: people (20000), years (30), seeds (40).
"""

import json
import sys
from dataclasses import replace

import numpy as np
from machine import here

from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Scenario

SETTING = "scenarios/settings/cotonou.yaml"
POINTS = 0.05
PAID = ("one_off_client", "regular_client")
CHANGES = (1993, 1985)


def with_more_condoms(scenario: Scenario, start: float) -> Scenario:
    """The scenario with condom use with clients raised by POINTS from `start` on."""
    use = dict(scenario.parameters["condom_use"])
    for kind in PAID:
        years = sorted(use[kind])
        at_start = float(np.interp(start, years, [use[kind][year] for year in years]))
        before = {year: share for year, share in use[kind].items() if year < start}
        after = {year: min(1.0, share + POINTS) for year, share in use[kind].items() if year > start}
        use[kind] = before | {start - 0.001: at_start, float(start): at_start + POINTS} | after
    return replace(scenario, parameters={**scenario.parameters, "condom_use": use})


def infections(scenario: Scenario, seed: int, start: float) -> int:
    """New infections from `start` to the end."""
    by_step = Engine(scenario, contents(scenario), seed).run().count("infections").sum(axis=1)
    return int(by_step[round((start - scenario.start) / scenario.step) :].sum())


def figures(people: int, start: float, years: int, seeds: int) -> dict[str, float]:
    """The factor by which the variance falls, and what it is made of."""
    before = load(SETTING, people=people, stop=start + years)
    after = with_more_condoms(before, start)
    runs = np.array([[infections(s, seed, start) for s in (before, after)] for seed in range(1, seeds + 1)], float)
    averted = runs[:, 0] - runs[:, 1]
    apart = runs.var(axis=0, ddof=1).sum()
    return {
        "factor": round(apart / averted.var(ddof=1), 1), "infections_mean": round(runs[:, 0].mean(), 1),
        "averted_mean": round(averted.mean(), 1), "averted_sd_paired": round(averted.std(ddof=1), 1),
        "averted_sd_independent": round(apart**0.5, 1),
    }  # fmt: skip


def main() -> None:
    """Print the figures."""
    people, years, seeds = (int(sys.argv[k]) if len(sys.argv) > k else v for k, v in ((1, 20_000), (2, 30), (3, 40)))
    changes = {f"change_in_{start}": figures(people, start, years, seeds) for start in CHANGES}
    print(json.dumps({**changes, "people": people, "years": years, "seeds": seeds, **here()}))


if __name__ == "__main__":
    main()
