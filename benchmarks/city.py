"""Seconds for a city one to one: Cotonou from 1985 to 2025, each simulated adult one real adult; prints JSON.

Arguments: people at the start (275000, the adults of Cotonou in 1985), years (40), growth a year (as written).
One core, one seed, everything on; compilation is left out.
"""

import json
import sys
import time

from machine import here

from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load

SETTING = "scenarios/settings/cotonou.yaml"


def main() -> None:
    """Print the figures."""
    people, years = (int(sys.argv[k]) if len(sys.argv) > k else v for k, v in ((1, 275_000), (2, 40)))
    growth = (f"demography.growth_rate={sys.argv[3]} per year",) if len(sys.argv) > 3 else ()
    small = load(SETTING, growth, people=2000, stop=1987)
    Engine(small, contents(small), seed=1).run()
    scenario = load(SETTING, growth, people=people, stop=1985 + years)
    started = time.perf_counter()
    engine = Engine(scenario, contents(scenario), seed=1).run()
    seconds = time.perf_counter() - started
    adults = engine.count("people").sum(axis=1)
    print(json.dumps({"seconds": round(seconds, 1), "adults_at_start": people, "adults_mean": int(adults.mean()),
                      "adults_at_end": int(adults[-1]), "years": years, **here()}))  # fmt: skip


if __name__ == "__main__":
    main()
