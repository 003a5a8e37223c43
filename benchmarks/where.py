"""Where the time of a run goes: nanoseconds a person-month by process; prints JSON. Arguments: people, years, place."""

import json
import sys
import time
from collections import Counter

from machine import here

from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load


def main() -> None:
    """Time every bound call of a run after its first step, and what the loop adds to them."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    years = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    path = f"scenarios/settings/{sys.argv[3] if len(sys.argv) > 3 else 'cotonou'}.yaml"
    scenario = load(path, people=people, stop=load(path).start + years)
    engine = Engine(scenario, contents(scenario), seed=1)
    engine.advance()
    spent: Counter[str] = Counter()
    for call in engine.calls:
        watch(call, spent)
    started = time.perf_counter()
    engine.run()
    spent["the loop itself"] = time.perf_counter() - started - sum(spent.values())
    months = float(engine.count("people")[1:].sum())
    shares = {name: round(seconds / months * 1e9, 2) for name, seconds in spent.most_common()}
    print(json.dumps({"ns_per_person_month": shares, "sum": round(sum(shares.values()), 1),
                      "microseconds_a_step": round(sum(spent.values()) / (engine.step - 1) * 1e6, 1),
                      "people": people, "years": years, **here()}))  # fmt: skip


def watch(call, spent: Counter[str]) -> None:
    """Time one bound call from now on."""
    run, name = call.run, call.step.label()

    def timed(engine) -> None:
        started = time.perf_counter()
        run(engine)
        spent[name] += time.perf_counter() - started

    call.run = timed


if __name__ == "__main__":
    main()
