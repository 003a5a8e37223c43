"""Nanoseconds a person-month of Cotonou on one core, after compilation; prints JSON. Arguments: people, years."""

import datetime
import json
import platform
import sys
import time

from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load


def main() -> None:
    """Time the run after its first step (compilation, and the making of everybody, are left out)."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    years = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    scenario = load("scenarios/settings/cotonou.yaml", people=people, stop=1985 + years)
    engine = Engine(scenario, contents(scenario), seed=1)
    engine.advance()
    started = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - started
    months = int(engine.count("people")[1:].sum())
    print(json.dumps({
        "ns_per_person_month": round(seconds / months * 1e9, 1), "people": people, "years": years,
        "seconds": round(seconds, 2), "machine": f"{platform.machine()} {platform.system()}",
        "date": datetime.date.today().isoformat(),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
