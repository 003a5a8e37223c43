"""Nanoseconds a person-month of a setting on one core, and the fixed cost of a step; prints JSON.

Arguments: people (100000), years (10), repeats (3), setting (cotonou, or "all" for each, without fixed costs).
Compilation and the first step (everybody enters) are left out.
"""

import json
import sys
import time
from pathlib import Path

from machine import here

from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load

SETTINGS = Path("scenarios/settings")
FEW, MORE = 1000, 4000  # people; the fixed cost of a step is what the line through both costs at none


def timed(setting: str, people: int, years: int) -> tuple[float, int, int]:
    """Seconds of one run after its first step, person-months, and steps."""
    path = SETTINGS / f"{setting}.yaml"
    scenario = load(path, people=people, stop=load(path).start + years)
    engine = Engine(scenario, contents(scenario), seed=1)
    engine.advance()
    started = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - started
    return seconds, int(engine.count("people")[1:].sum()), engine.n_steps - 1


def best(setting: str, people: int, years: int, repeats: int) -> tuple[float, int, int]:
    """The quickest of several runs: what others did on the machine can only add."""
    return min(timed(setting, people, years) for _ in range(repeats))


def fixed_cost(setting: str, years: int, repeats: int) -> float:
    """Seconds a step at no people, on the line through two small populations."""
    (few, few_months, steps), (more, more_months, _) = (best(setting, n, years, repeats) for n in (FEW, MORE))
    slope = (more - few) / (more_months - few_months)
    return (few - slope * few_months) / steps


def cost(setting: str, people: int, years: int, repeats: int) -> float:
    """Nanoseconds a person-month of a setting."""
    timed(setting, max(people // 10, 10_000), 2)  # every kernel has run
    seconds, months, _ = best(setting, people, years, repeats)
    return round(seconds / months * 1e9, 1)


def main() -> None:
    """Print the figures."""
    people, years, repeats = (int(sys.argv[k]) if len(sys.argv) > k else v for k, v in ((1, 100_000), (2, 10), (3, 3)))
    setting = sys.argv[4] if len(sys.argv) > 4 else "cotonou"
    if setting == "all":
        names = sorted(path.stem for path in SETTINGS.glob("*.yaml"))
        costs = {name: cost(name, people, years, repeats) for name in names}
        print(json.dumps({"ns_per_person_month": costs, "people": people, "years": years, **here()}))
        return
    measured = cost(setting, people, years, repeats)
    forty, *_ = best(setting, 10_000, 40, repeats)
    print(json.dumps({
        "ns_per_person_month": measured, "setting": setting, "people": people, "years": years,
        "fixed_microseconds_a_step": round(fixed_cost(setting, 10, 5 * repeats) * 1e6, 1),
        "seconds_10000_people_40_years": round(forty, 3), **here(),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
