"""Short runs with every lever and what weighs on sex workers, for tests that need a process of their own.

As a script: `whole_run.py signatures` prints how many compiled signatures each kernel has after a run with everything
on, alone and in two threads; `whole_run.py record PLACE FILE` writes the record of a run of one place to a .npy file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from swmodel.declare import Process
from swmodel.engine import Engine
from swmodel.interventions.enrolment import enrol_by_rate, enrol_to_coverage
from swmodel.model import INTERVENTIONS, PROCESSES, contents
from swmodel.processes.pathways import carry
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, PairKind, Scenario, Target

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
SEED = 12
EVERY: tuple[Process, ...] = (*PROCESSES, *INTERVENTIONS.values(), carry, enrol_by_rate, enrol_to_coverage)
HIV = {"initial_prevalence": {"all": 0.2, "fsw": 0.5}, "sex_worker_share": {"all": 0.02}}
WEIGHS: dict[str, Any] = {  # on people who sell sex: so much that all of it occurs among few
    "violence_hazard": 1.0,
    "police_contact": 3.0,
    "arrest_share": 0.3,
    "criminalised": {1985: 0.0, 1986: 1.0},
    "law_lag": 0.5,
    "stigma": 0.4,
    "hiv_stigma": 0.4,
    "papers_lacking": 0.5,
    "hazardous_drinking": 0.3,
    "coerced_share": 0.1,
    "debt_bond_share": 0.5,
    "bondage_duration": 0.5,
    "shock_hazard": 2.0,
    "debt_hazard": 1.0,
    "dependants": 2.0,
    "peer_spread": 1.0,
}
EVERYTHING: dict[str, Any] = {
    # Who is there, and what they keep.
    "site_share": {"port": 0.6, "lake": 0.4},
    "occupation_share": {"general": 0.7, "drivers": 0.3, "tourists": 0.05},
    "visitor_stay": {"tourists": 0.2, "all": 0.0},
    "visitor_numbers": {1985: 1.0, 1986: 3.0, 1987: 0.5},
    "msm_share": 0.2,
    "trans_share": 0.2,
    "circumcised_share": {"port": 0.7, "lake": 0.2},
    # Sex work.
    "sex_worker_share": {"bar": 0.04, "street": 0.03, "park": 0.2, "club": 0.4},
    "immigrant_share": {"bar": 0.2, "club": 0.2},
    "immigrant_prevalence": 0.1,
    "leaving_shape": 3.0,
    "pause_rate": {"all": 0.5},
    "switch_rate": {"fsw": 0.4},
    "restart_ratio": 2.0,
    "start_education": {"none": 2.0, "primary": 1.0, "secondary": 0.5},
    "start_need": 3.0,
    "start_debt": 2.0,
    "start_migrant": 3.0,
    "leave_young": 1.5,
    "leave_education": {"none": 0.5, "primary": 1.0, "secondary": 2.0},
    "leave_debt": 0.5,
    "leave_need": 0.5,
    "leave_migrant": 2.0,
    "start_age_scale": 15.0,
    "part_time_share": {"bar": 0.3},
    "manager_control": {"street": 0.3},
    "managed_leaving": 0.5,
    "outreach_visibility": {"street": 2.0, "all": 1.0},
    # Clients and the market.
    "client_share": {"clients": 0.2, "clients:drivers": 0.4, "clients_of_trans_women": 0.1},
    "setting_choice": {"drivers": {"street": 3.0, "bar": 0.5}},
    "alcohol_condom_odds": 0.5,
    "premium_offer": 0.3,
    # Moves, needles, partners and acts.
    "trip_rate": {"all": 1.0, "drivers": 6.0},
    "trip_destination": {"port": {"lake": 1.0}, "lake": {"port": 1.0}},
    "trip_season_strength": 0.5,
    "migration_rate": 0.05,
    "migration_destination": {"port": {"lake": 1.0}, "lake": {"port": 1.0}},
    "injecting_share": {"all": 0.1, "sex_workers": 0.3},
    "injecting_start": 0.02,
    "steady_rate": {"msm": 0.2, "msw": 0.2},
    "assortativity": {"casual": 0.3},
    "duration_shape": {"spouse": 2.0},
    "anal_share": {"all": 0.1},
    "initial_prevalence": 0.3,
}


def cotonou(people: int, stop: int) -> Scenario:
    """Cotonou from 1985 with much HIV at the start: one place, where women sell sex."""
    plain = load(SETTING, stop=stop)
    return replace(plain, people=people, parameters={**plain.parameters, **HIV})


def everything(people: int, stop: int) -> Scenario:
    """Two sites, occupations, visitors, trips, women, men and trans women who sell sex, needles, kinds of its own."""
    return Scenario(
        name="everything", title="everything", start=1985.0, stop=float(stop), step=1 / 12, people=people, seeds=1,
        seed=1, parameters=EVERYTHING, work_settings=("bar", "street", "park", "club"),
        workers={"park": "men", "club": "trans_women"}, occupations=("general", "drivers", "tourists"),
        sites=("port", "lake"), groups={"women_all": ("women@port", "bar@lake")},
        pair_kinds=(PairKind("men_together", "casual", ("msm", "msw")), PairKind("paid_men", "regular", ("msw",))),
    )  # fmt: skip


def stop_over(people: int, stop: int) -> Scenario:
    """Two sites of which one has nobody of its own: women who sell sex come on trips, and some stay."""
    moves = {name: EVERYTHING[name] for name in ("trip_destination", "migration_destination")}
    numbers = {"site_share": {"port": 1.0, "lake": 0.0}, "trip_rate": {"fsw": 3.0}, "migration_rate": {"fsw": 0.2},
               "casual_rate": 5.0, "sex_worker_share": 0.05, "initial_prevalence": 0.3}  # fmt: skip
    return Scenario(
        name="stop_over", title="stop_over", start=1985.0, stop=float(stop), step=1 / 12, people=people, seeds=1,
        seed=1, parameters=numbers | moves, work_settings=("bar", "street"), sites=("port", "lake"),
    )  # fmt: skip


PLACES: dict[str, Callable[[int, int], Scenario]] = {
    "cotonou": cotonou,
    "everything": everything,
    "stop_over": stop_over,
}


def with_levers(scenario: Scenario) -> Scenario:
    """The scenario with each lever on everybody from 1985.5, by either way to enrol, and all that weighs on workers."""
    target = Target(scenario.layout.group_names)
    ways = ({"coverage": 0.5}, {"uptake": 2.0, "dropout": 0.5})
    levers = tuple(
        Lever(name=kind, kind=kind, start=1985.5, stop=scenario.stop, target=target, **ways[k % 2])
        for k, kind in enumerate(sorted(INTERVENTIONS))
    )
    return replace(scenario, levers=levers, parameters={**scenario.parameters, **WEIGHS})


def run(place: str, people: int, stop: int, **options: int) -> Engine:
    """The engine after the run of one place."""
    made = with_levers(PLACES[place](people, stop))
    return Engine(made, contents(made), SEED, **options).run()


def main(what: str, place: str = "", path: str = "") -> None:
    """Do what the command line asks."""
    if what == "record":
        np.save(path, run(place, 500, 1988).record)
        return
    run("everything", 1000, 1987)
    run("everything", 1000, 1987, threads=2, chunk=64)
    print(json.dumps({process.name: [str(s) for s in process.kernel.signatures] for process in EVERY}))


if __name__ == "__main__":
    main(*sys.argv[1:])
