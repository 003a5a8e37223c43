"""Nanoseconds a person-month of Cotonou on one core, and the fixed cost of a step; prints JSON.

Arguments: people (100000), years (10), repeats (3). Compilation and the first step (everybody enters) are left out.
"""

import json
import sys
import time

from machine import here

from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load

SETTING = "scenarios/settings/cotonou.yaml"
FEW, MORE = 100, 1000  # people; the fixed cost of a step is what the line through both costs at none


def timed(people: int, years: int) -> tuple[float, int, int]:
    """Seconds of one run after its first step, person-months, and steps."""
    scenario = load(SETTING, people=people, stop=1985 + years)
    engine = Engine(scenario, contents(scenario), seed=1)
    engine.advance()
    started = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - started
    return seconds, int(engine.count("people")[1:].sum()), engine.n_steps - 1


def best(people: int, years: int, repeats: int) -> tuple[float, int, int]:
    """The quickest of several runs: what others did on the machine can only add."""
    return min(timed(people, years) for _ in range(repeats))


def fixed_cost(years: int, repeats: int) -> float:
    """Seconds a step at no people, on the line through two small populations."""
    (few, few_months, steps), (more, more_months, _) = (best(n, years, repeats) for n in (FEW, MORE))
    slope = (more - few) / (more_months - few_months)
    return (few - slope * few_months) / steps


def main() -> None:
    """Print the figures."""
    people, years, repeats = (int(sys.argv[k]) if len(sys.argv) > k else v for k, v in ((1, 100_000), (2, 10), (3, 3)))
    timed(MORE, 10)  # every kernel has run
    seconds, months, _ = best(people, years, repeats)
    forty, *_ = best(10_000, 40, repeats)
    print(json.dumps({
        "ns_per_person_month": round(seconds / months * 1e9, 1), "people": people, "years": years,
        "fixed_microseconds_a_step": round(fixed_cost(10, 5 * repeats) * 1e6, 1),
        "seconds_10000_people_40_years": round(forty, 3), **here(),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
