"""Bytes a person, pairs included, above the bare process; prints JSON. Arguments: people (200000), years (10).

Each figure is the peak of a process of its own. The bare process has loaded everything, with the model's compiled
kernels, and run a hundred people; people are those alive at the end, when there are most.
"""

import json
import resource
import subprocess
import sys

from machine import here

FEW = 2000


def peak(people: int, years: int) -> tuple[int, int]:
    """The peak of resident memory in bytes of a run in a new process, and the people alive at its end."""
    done = subprocess.run([sys.executable, __file__, "run", str(people), str(years)], capture_output=True, check=True)
    kilobytes, alive = json.loads(done.stdout)
    return kilobytes * 1024, alive


def run(people: int, years: int) -> None:
    """Run, and print the peak (kB) and the people alive."""
    from swmodel.engine import Engine
    from swmodel.model import contents
    from swmodel.scenario.load import load

    scenario = load("scenarios/settings/cotonou.yaml", people=people, stop=1985 + years)
    engine = Engine(scenario, contents(scenario), seed=1).run()
    alive = int(engine.count("people")[-1].sum())
    print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, alive]))


def main() -> None:
    """Print the figures."""
    people, years = (int(sys.argv[k]) if len(sys.argv) > k else v for k, v in ((1, 200_000), (2, 10)))
    run_before, _ = peak(FEW, years)  # the first compiles what is not kept yet
    bare, _ = peak(FEW, years)
    full, alive = peak(people, years)
    print(json.dumps({
        "bytes_a_person": round((full - bare) / alive), "bare_process_megabytes": round(bare / 1e6, 1),
        "first_process_megabytes": round(run_before / 1e6, 1), "peak_megabytes": round(full / 1e6, 1),
        "people_at_the_end": alive, "years": years, **here(),
    }))  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        run(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
