"""What a scenario asks for set beside a table of results made by hand."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from swmodel import codes
from swmodel.analysis import asked
from swmodel.declare import Counter
from swmodel.model import MEASURES, all_params
from swmodel.results import Run, summarise
from swmodel.scenario.spec import Scenario

PARAMS = all_params()
YEARS = (2000, 2001, 2002)
VALUES = {
    "sex_worker_share": {"street": 0.06, "home": 0.02}, "client_share": 0.2,
    "worker_volume": {"street": 500.0, "home": 100.0}, "part_time_share": {"street": 0.2}, "part_time_volume": 0.5,
    "regular_share": 0.5, "leave_sex_work": 0.2, "leaving_shape": 2.0, "stop_buying": 0.1,
    "background_mortality": 0.0,
    "pair_duration": {"spouse": 10.0, "casual": 1.0}, "age_gap": {"spouse": 6.0, "casual": 0.0}, "age_gap_spread": 4.0,
    "act_rate": {"spouse": {2000.0: 60.0, 2003.0: 90.0}, "casual": 50.0},
    "casual_rate": {"women": 0.1, "former_fsw": 0.2, "fsw": 0.5},
}  # fmt: skip
SCENARIO = Scenario(
    "hand", "By hand", 2000.0, 2003.0, 1 / 12, 20_000, 1, 1, ("street", "home"), parameters=VALUES
)  # fmt: skip
# Of each measure and label, the value in each year, or in all of them.
TABLE: dict[tuple[str, str], float | tuple[float, ...]] = {
    ("people", "women"): 9000, ("people", "street"): 600, ("people", "home"): 300, ("people", "former_fsw"): 100,
    ("people", "men"): 7000, ("people", "clients"): 3000,
    ("contacts_offered", "street"): 600 * 450, ("contacts_offered", "home"): 300 * 90,
    ("contacts_met", "street"): 200_000, ("contacts_sold", "street"): 194_000,
    ("contacts_met", "home"): 0, ("contacts_sold", "home"): 0,
    ("regular_share", "street"): (0.35, 0.4, 0.45), ("regular_share", "home"): math.nan,
    ("ends_of_sex_work", "street"): 60, ("ends_of_sex_work", "home"): 24, ("ends_of_buying", "clients"): 300,
    ("pauses", "street"): 5,
    ("pairs_formed", "spouse"): (0, 100, 300), ("intended_duration", "spouse"): (math.nan, 10.0, 12.0),
    ("age_gap", "spouse"): (math.nan, 6.25, 6.25), ("pairs", "spouse"): 1000, ("pairs_apart", "spouse"): 0.2,
    ("acts", "spouse"): (800 * 65, 800 * 75, 800 * 85),
    ("pairs_formed", "casual"): 1000, ("intended_duration", "casual"): 1.0, ("age_gap", "casual"): 0.3,
    ("pairs", "casual"): 500, ("pairs_apart", "casual"): math.nan, ("acts", "casual"): 500 * 50,
    ("casual_due", "women"): 9000 * 0.1, ("casual_due", "street"): 600 * 0.5, ("casual_due", "home"): 300 * 0.5,
    ("casual_due", "former_fsw"): 100 * 0.2,
}  # fmt: skip


def run() -> Run:
    """The table as a run."""
    columns = [np.broadcast_to(np.array(value, float), (len(YEARS),)) for value in TABLE.values()]
    return Run("hand", 0, 1, YEARS, tuple(TABLE), np.stack(columns, axis=1))


def rows() -> dict[tuple[str, str], asked.Row]:
    """The comparison, by quantity and label."""
    return {(row.quantity, row.of): row for row in asked.compare(SCENARIO, run(), PARAMS)}


def test_every_quantity_by_hand() -> None:
    """Asked, realised, and the number of events, each worked out on paper; what rests on nothing is left out."""
    found = {key: (row.asked, row.realised, row.events) for key, row in rows().items()}
    casual = 9000 * 0.1 + 900 * 0.5 + 100 * 0.2
    expected = {
        ("share of the population who sell sex", "street"): (0.06, 0.06, 3 * 600),
        ("share of the population who sell sex", "home"): (0.02, 0.03, 3 * 200),
        ("share of the men who buy sex", "clients"): (0.2, 0.3, 3 * 2000),
        ("contacts that a worker could take, a year", "street"): (450, 450, 3 * 600),
        ("contacts that a worker could take, a year", "home"): (100, 90, 3 * 300),
        ("contacts sold, of those that the market makes", "street"): (1, 0.97, 3 * 200_000),
        ("share of contacts with regulars", "street"): (0.5, 0.4, 3 * 194_000),
        ("leaving sex work for good, a year", "street"): (0.1, 0.1, 3 * 60),
        ("leaving sex work for good, a year", "home"): (0.1, 0.08, 3 * 30),
        ("stopping to buy sex, a year", "clients"): (0.1, 0.1, 3 * 300),
        ("duration of pairs that form, years", "spouse"): (10, (100 * 10 + 300 * 12) / 400, 400),
        ("age gap of pairs that form, years", "spouse"): (6, 6.25, 400),
        ("acts of a pair at one site, a year", "spouse"): (75, 75, 3 * 800),
        ("duration of pairs that form, years", "casual"): (1, 1, 3000),
        ("age gap of pairs that form, years", "casual"): (0, 0.3, 3000),
        ("acts of a pair at one site, a year", "casual"): (50, 50, 3 * 500),
        ("pairs that form, of those looked for", "casual"): (1, 1000 / casual, 3 * casual),
    }
    assert found.keys() == expected.keys()
    for key, numbers in expected.items():
        assert found[key] == pytest.approx(numbers), key


def test_flags() -> None:
    """A difference of more than 5 % is "off", or "few" below 1,000 events; an age gap is measured by its spread."""
    flags = {key: row.flag for key, row in rows().items() if row.flag}
    assert flags == {
        ("share of the population who sell sex", "home"): "few",
        ("share of the men who buy sex", "clients"): "off",
        ("contacts that a worker could take, a year", "home"): "few",
        ("share of contacts with regulars", "street"): "off",
        ("leaving sex work for good, a year", "home"): "few",
        ("duration of pairs that form, years", "spouse"): "few",
        ("age gap of pairs that form, years", "casual"): "off",
        ("pairs that form, of those looked for", "casual"): "off",
    }
    assert rows()["age gap of pairs that form, years", "casual"].difference == pytest.approx(0.3 / 4.0)
    assert rows()["age gap of pairs that form, years", "spouse"].difference == pytest.approx(0.25 / 6.0)


def test_words_and_file(tmp_path: Path) -> None:
    """One line names what is off, the worst of each kind; the file holds every row to the last bit."""
    made = asked.compare(SCENARIO, run(), PARAMS)
    assert asked.off_words(made) == (
        "share of the men who buy sex, clients +50 %; share of contacts with regulars, street -20 %; "
        "age gap of pairs that form, years, casual +8 %; pairs that form, of those looked for, casual -27 %"
    )
    worse = replace(made[2], of="others", realised=0.05)
    assert asked.off_words([made[2], worse]) == "share of the men who buy sex, others -75 % and 1 more"
    assert asked.off_words([row for row in made if row.flag != "off"]) == ""
    asked.write(made, tmp_path / "asked.csv")
    with (tmp_path / "asked.csv").open(encoding="utf-8", newline="") as f:
        back = list(csv.DictReader(f))
    assert tuple(back[0]) == asked.HEAD
    assert [(one["quantity"], one["of"], one["flag"]) for one in back] == [(r.quantity, r.of, r.flag) for r in made]
    assert [float(one["realised"]) for one in back] == [row.realised for row in made]


def test_runs_are_pooled_before_they_are_compared() -> None:
    """Means over runs come first; a value that one run does not have is that of the others."""
    one, two = run(), run()
    two.values[:, list(TABLE).index(("people", "home"))] = 100
    one.values[1, list(TABLE).index(("regular_share", "street"))] = math.nan
    pooled = asked.pooled([one, two])
    assert pooled.series("people", "home").tolist() == [200, 200, 200]
    assert pooled.series("regular_share", "street").tolist() == [0.35, 0.4, 0.45]
    assert np.isnan(pooled.series("regular_share", "home")).all()


PLACE = replace(
    SCENARIO, work_settings=("street", "bar"), workers={"bar": "men"}, sites=("port", "capital"),
    occupations=("general", "drivers", "tourists"),
    parameters={"sex_worker_share": {"fsw": 0.05, "msw": 0.1}, "client_share": 0.2, "pause_rate": 0.5,
                "visitor_stay": {"tourists": 0.1}, "trip_rate": 2.0, "trip_duration": 0.1, "stop_buying": 0.1},
)  # fmt: skip


BOTH = (codes.CLIENT, codes.WORKER)


def test_every_group_of_a_place_is_compared() -> None:
    """With sites and occupations, results that the model writes have what each group is compared by.

    People and events of every group are those asked for, so that nothing is off; visitors are not asked about.
    """
    layout, dt = PLACE.layout, PLACE.step
    steps = round((PLACE.stop - PLACE.start) / dt)
    names = layout.group_names
    share = np.full(len(names), 0.0)
    for code, group in enumerate(layout.groups):  # of 100 people of each population, occupation and site
        sells, buys = {codes.WOMEN: (0.05, 0.0), codes.MEN: (0.0, 0.2), codes.MSM: (0.1, 0.2)}[group.population]
        share[code] = (1.0 - sells - buys, buys, sells, 0.0)[group.role]  # outside, clients, workers, former workers
    people = np.tile(100_000 * share, (steps, 1))
    counts = {"people": people, "pauses": people * 0.5 * dt, "buying_ended": people * 0.1 * dt,
              "spells_ended": people * 0.165 * 0.999 * dt, "away": people * (0.2 / 1.2)}  # fmt: skip
    engine = SimpleNamespace(
        scenario=PLACE, seed=1, step=steps, dt=dt, times=PLACE.start + (np.arange(steps) + 0.5) * dt,
        counters={name: Counter(name, name) for name in counts}, count=lambda name: counts[name],
    )  # fmt: skip
    wanted = [m for m in MEASURES if {*m.numerator, *m.denominator} <= counts.keys()]
    made = asked.compare(PLACE, summarise(engine, tuple(wanted), PLACE), PARAMS)
    compared = {row.of for row in made}
    residents = {name for name, g in zip(names, layout.groups, strict=True) if g.role in BOTH and g.occupation != 2}
    assert residents <= compared, f"not compared: {', '.join(sorted(residents - compared))}"
    assert not any("tourists" in name for name in compared)
    assert [f"{row.quantity}, {row.of}: {row.asked} and {row.realised}" for row in made if row.flag] == []
