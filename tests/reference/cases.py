"""The scenarios in which the model and its twin are compared: small, and such that everything happens often."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, PairKind, Scenario, Target

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"


def times(factor: float, value: Any, most: float = math.inf) -> Any:
    """A parameter's value, or every number in it, multiplied."""
    if isinstance(value, Mapping):
        return {key: times(factor, part, most) for key, part in value.items()}
    return min(most, factor * value)


def cotonou(people: int, stop: float, **changed: Any) -> Scenario:
    """A small Cotonou with much sex work, much HIV, and care from the start, so that everything happens often."""
    # As many people as the loader wants for the shares of the file, which are raised below.
    scenario = replace(load(SETTING, stop=stop), people=people)
    given = dict(scenario.parameters)
    given |= {
        "initial_prevalence": times(20.0, given["initial_prevalence"], 1.0),
        "sex_worker_share": times(8.0, given["sex_worker_share"]),
        "risk_per_act": 0.005,
        "tests_per_year": {"fsw": 2.0, "all": 1.0},
        "link_rate": {"women": 1.0, "men": 0.5, "clients": 3.0, "brothel": 2.0, "fsw": 4.0},
        "art_rate": 6.0,
        "eligible_from": 1.0,
        "stop_rate": 0.3,
    }
    return replace(scenario, parameters=given | changed)


def with_levers() -> Scenario:
    """Programmes on HIV, a second of PrEP, three on condoms with clients for those who began lately or long ago, a
    shortage of condoms, and one that nobody joins.
    """
    scenario = cotonou(500, 1990)
    workers, every = scenario.work_settings, scenario.layout.group_names
    sellers_and_buyers = Target((*workers, "clients"))
    levers = (
        Lever("condoms", "condom_programme", 1986.0, 1990.0, sellers_and_buyers, coverage=0.6),
        Lever("prep", "oral_prep", 1985.5, 1990.0, Target((*workers, "women")), uptake=2.0, dropout=1.0,
              values={"prep_efficacy": 0.9, "prep_adherence": {1985: 0.3, 1990: 0.8}}),
        Lever("more_prep", "oral_prep", 1986.5, 1989.0, Target(every, (18.0, 30.0)), coverage=0.5),
        Lever("outreach", "testing_outreach", 1986.0, 1988.5, Target(every, (20.0, 45.0)),
              coverage={1986: 0.1, 1988: 0.9}),
        Lever("support", "art_support", 1986.0, 1990.0, Target(every), coverage=0.7,
              values={"art_stop_rate_ratio": 0.2}),
        Lever("unwanted", "condom_programme", 1986.0, 1990.0, sellers_and_buyers, uptake=0.0),
        Lever("agreement", "venue_agreement", 1986.0, 1989.0, Target(workers), coverage={1986: 0.2, 1988: 0.9}),
        Lever("female", "female_condoms", 1986.0, 1990.0, Target(workers, years_in_work=(3.0, math.inf)), coverage=0.5),
        Lever("beginners", "peer_outreach", 1985.5, 1990.0, Target(workers, (18.0, 40.0), (0.0, 1.5)), uptake=4.0,
              dropout=0.5),
        Lever("shortage", "condom_shortage", 1987.0, 1988.5, Target(every), coverage=0.8),
    )  # fmt: skip
    return replace(scenario, levers=levers)


def by_weeks() -> Scenario:
    """Steps of one week, and values at the edge: condoms always or never, few and many partners, spread-out people."""
    use = {"spouse": 1.0, "casual": 0.0, "own_partner": 0.2, "regular_client": 0.3, "one_off_client": 0.3}
    scenario = cotonou(
        400, 1987, condom_use=use, condom_spread=2.0, worker_volume_shape=0.4, client_visit_shape=3.0,
        frailty_shape=0.5, polygynous_share=0.7, casual_limit=1.0, casual_rate=2.0, market_balance=0.1,
        regular_share=0.8, circumcised_share=0.4, woman_to_man=0.7, suppressed_risk=0.1, fixed_acts=1.0,
        background_mortality=0.05, stop_buying=0.6, acts_per_contact=1.7, risk_per_act=0.02,
    )  # fmt: skip
    return replace(scenario, step=7 / 365.25)


def of_the_young() -> Scenario:
    """People leave at 30, so that those who turn 18 in the run also leave in it; HIV moves and kills fast."""
    duration = {"acute": 0.2, "cd4_over_500": 1.0, "cd4_350_500": 1.0, "cd4_200_350": 1.0, "all": 1.0}
    return cotonou(
        200, 1998.5, leave_age=30.0, start_age_to=25.0, stage_duration=duration, pair_duration=0.5, age_gap=2.0,
        tests_per_year=0.2, eligible_from=4.0, growth_rate={1985: -0.02, 1992: 0.05}, leave_sex_work=0.8,
    )  # fmt: skip


def of_certain_risk() -> Scenario:
    """Most acts with HIV pass it on, and it kills at any stage; workers are more than seats were made for, then few."""
    return cotonou(
        300, 1989, initial_prevalence={"fsw": 0.1, "all": 0.01}, risk_per_act=1.0, fixed_acts=1.0, frailty_shape=50.0,
        hiv_mortality=1.0, sex_worker_share={1985: 0.05, 1985.5: 0.1, 1986: 0.005, 1987: 0.02, 1987.5: 0.0004},
        leave_sex_work=1.0, return_home_share=1.0, worker_volume_shape=0.4, client_visits=40.0, market_balance=0.0,
    )  # fmt: skip


def numbers_of_two_sites() -> Scenario:
    """The numbers of the scenario of two sites; some of their labels mean something only with what is added below."""
    return cotonou(
        700, 1990,
        site_share={"port": 0.6, "town": 0.4},
        occupation_share={"locals": 0.7, "drivers": 0.3, "tourists": 0.2},
        visitor_stay={"tourists": 0.2, "all": 0.0},
        visitor_numbers={"port": {1985: 0.5, 1985.8: 6.0, 1986: 0.1, 1987.5: 1.0, 1988: 4.0},
                         "town": {1985: 1.0, 1989: 0.0}},
        msm_share=0.3, trans_share=0.2, receptive_share=0.4,
        circumcised_share={"port": 0.3, "town": 0.8, "tourists": 0.5},
        immigrant_share={"bar": 0.6, "street@town": 0.3},
        immigrant_prevalence={"fsw": 0.3, "tourists": 0.1, "all": 0.0},
        entry_prevalence={"women": {1985: 0.0, 1988: 0.2}, "men": 0.05, "all": 0.0},
        initial_prevalence={"sex_workers": 0.4, "msm": 0.3, "former": 0.3, "all": 0.1},
        sex_worker_share={"bar": 0.05, "street": 0.04, "street@port": 0.1, "msw": 0.1, "trans_street": 0.5},
        client_share={"clients_of_women": 0.2, "drivers": 0.4, "clients_of_men": 0.2, "clients_of_trans_women": 0.3},
        client_visits={"clients": 20.0, "tourists@port": 60.0, "clients_of_men": 30.0},
        setting_choice={"locals": {"male_bar": 3.0}, "drivers": {"street": 4.0}, "tourists": {"bar": 3.0}},
        worker_volume={"bar": 300.0, "street": 150.0, "male_bar": 100.0, "male_park": 60.0, "tsw": 200.0, "all": 0.0},
        leave_sex_work={"fsw": 0.4, "msw": 0.5, "tsw": 0.3}, switch_rate={"msw": 0.3, "all": 0.0},
        start_migrant=3.0, leave_migrant=0.6, stop_buying={"drivers": 0.3, "all": 0.2},
        regular_share={"bar": 0.3, "male_bar": 0.6, "all": 0.5},
        trip_rate={"drivers": 20.0, "sex_workers": 2.0, "all": 0.5}, trip_duration={"drivers": 0.03, "all": 0.2},
        trip_destination={"port": {"town": 1.0}, "town": {"port": 1.0}},
        trip_season_peak=3.0, trip_season_strength={1985: 0.2, 1990: 0.9},
        migration_rate={"men": 0.2, "women@port": 0.3, "all": 0.1},
        migration_destination={"port": {"town": 1.0}, "town": {"port": 1.0}},
        steady_rate={"women": 0.5, "fsw": 0.4, "msm": 0.3, "tsw": 0.5, "trans_women": 0.5, "all": 0.2},
        steady_at_start={"women": 0.6, "msm": 0.2, "msw": 0.3, "trans_women": 0.2, "all": 0.0},
        casual_rate={"women": 0.5, "fsw": 1.0, "msm": 2.0, "msw": 2.0, "all": 1.0},
        casual_limit={"msm": 3.0, "all": 2.0},
        male_activity={"drivers": 3.0, "tourists": 0.0, "all": 1.0}, bisexual_share={1985: 0.3, 1990: 0.6},
        age_gap={"spouse": 6.0, "union": 4.0, "casual_men": 1.0, "all": 2.0},
        pair_duration={"spouse": 5.0, "union": 2.0, "casual_men": 0.3, "regular_of_men": 0.4, "needle": 0.2,
                       "all": 0.8},
        act_rate={"spouse": 80.0, "union": 60.0, "casual": 50.0, "own_partner": 40.0, "needle": 60.0, "all": 0.0},
        anal_share={"one_off_client": 0.2, "street_contact": 0.5, "spouse": 0.05, "all": 0.0}, anal_condom_ratio=1.2,
        condom_use={"one_off_client": 0.5, "street_contact": 0.3, "needle": 0.0, "all": 0.2},
        setting_condom_odds={"street": 0.5, "trans_street@town": 2.0, "all": 1.0},
        injecting_share={"fsw": 0.3, "msw": 0.4, "all": 0.1}, injecting_start={"men": 0.05, "all": 0.02},
        injecting_stop=0.3, needle_rate=6.0, needle_limit=2.0, anal_receptive_risk=0.03, alcohol_share=0.3,
        premium_offer={"drivers": 0.3, "all": 0.1},
        tests_per_year={"sex_workers": 2.0, "all": 1.0}, link_rate=2.0, stop_rate={"clients": 0.5, "all": 0.2},
        outreach_visibility={"street": 3.0, "male_bar": 0.2, "all": 1.0},
    )  # fmt: skip


def of_two_sites() -> Scenario:
    """A port and a town: trips with a season, moves for good, drivers and tourists, women, men and trans women who sell
    sex, kinds of pair of their own, people who inject, and programmes for some groups of some sites.
    """
    scenario = replace(
        numbers_of_two_sites(), sites=("port", "town"),
        occupations=("locals", "drivers", "tourists"),
        work_settings=("bar", "street", "male_bar", "male_park", "trans_street"),
        workers={"male_bar": "men", "male_park": "men", "trans_street": "trans_women"},
        pair_kinds=(
            PairKind("union", "steady", ("women@town", "trans_women")),
            PairKind("casual_men", "casual", ("msm", "msw", "former_msw", "clients_of_men", "clients_of_trans_women")),
            PairKind("regular_of_men", "regular", ("msw",)),
            PairKind("street_contact", "one_off", ("street", "trans_street@port")),
        ),
        groups={},
    )  # fmt: skip
    expand = scenario.layout.expand
    found = Target((*expand("sex_workers"), *expand("msm")), (18.0, 40.0))
    levers = (
        Lever("prep", "oral_prep", 1986.0, 1990.0, found, coverage=0.5),
        Lever("clinic", "services", 1986.0, 1988.0, Target(expand("sex_workers")), coverage=0.7,
              values={"services_testing_ratio": 2.0, "services_linkage_ratio": 1.5, "services_stop_ratio": 0.5,
                      "services_adherence_ratio": {1986: 1.2, 1988: 2.0}}),
        Lever("interruption", "services", 1988.5, 1990.0, Target(expand("port")), coverage=0.9,
              values={"services_testing_ratio": 0.2, "services_stop_ratio": 5.0, "services_adherence_ratio": 0.3}),
        Lever("condoms", "condom_programme", 1986.0, 1989.5, Target(expand("port")), uptake=1.0, dropout=0.5),
        Lever("campaign", "demand_reduction", 1987.0, 1990.0, Target(expand("clients")), coverage=0.6,
              values={"visit_ratio": 0.3, "moved_share": 0.25}),
    )  # fmt: skip
    return replace(scenario, levers=levers)


def of_pauses() -> Scenario:
    """Pauses, returns, changes of setting and new starts; people who are likelier to start, to leave or to be managed;
    durations that are not exponential, partners alike, alcohol, and a market in which clients go elsewhere; schooling
    for more and more, and programmes on who starts, changes the setting, leaves and buys.
    """
    scenario = cotonou(
        700, 1991,
        sex_worker_share={"brothel": 0.03, "street": 0.06, "home": 0.06}, leave_sex_work={"brothel": 0.3, "all": 0.5},
        pause_rate={"brothel": 0.5, "street": 1.0, "all": 0.3}, resume_rate={"brothel": 4.0, "street": 2.0, "all": 1.0},
        switch_rate={"brothel": 0.3, "home": 0.6, "all": 0.0}, restart_ratio=4.0, leaving_shape=2.5,
        start_age_to=40.0, start_age_scale=12.0, start_education={"none": 3.0, "primary": 1.0, "secondary": 0.3},
        start_need=5.0, start_debt=2.0, start_hiv={"susceptible": 1.0, "all": 0.7}, start_diagnosed=0.4,
        leave_hiv={"susceptible": 1.0, "cd4_200_350": 2.0, "cd4_below_200": 3.0, "all": 1.2},
        leave_young=1.6, leave_education={"none": 0.5, "primary": 1.0, "secondary": 2.0},
        leave_need=0.3, leave_debt=0.5, leave_migrant=1.5, managed_leaving=0.4,
        manager_control={"brothel": 0.7, "home": 0.2, "all": 0.0}, immigrant_share={"brothel": 0.6, "all": 0.1},
        return_home_share=0.7, part_time_share={"home": 0.7, "street": 0.3, "all": 0.0}, part_time_volume=0.4,
        education_share={"none": {1985: 2.0, 1989: 0.2}, "primary": 1.0, "secondary": {1985: 1.0, 1989: 5.0}},
        debt_share=0.4,
        worker_volume={"brothel": 200.0, "street": 30.0, "home": 60.0, "all": 0.0},
        client_visits={1985: 10.0, 1991: 40.0},
        market_balance={"brothel": 1.0, "street": 0.0, "all": 0.5}, most_contacts=1.2, substitution=0.8,
        setting_choice={"all": {"brothel": 1.0, "street": 5.0, "home": 0.5}},
        price_level={"brothel": 2.0, "all": 1.0}, price_response=0.7, regular_share={"home": 0.8, "all": 0.3},
        alcohol_share=0.6, alcohol_condom_odds=0.3, stop_buying=0.4,
        duration_shape={"spouse": 3.0, "casual": 0.5, "all": 1.0},
        casual_age_ratio={"18-24": 2.0, "25-34": 1.0, "45-54": 0.5, "55_and_over": 0.0, "all": 0.8},
        displaced_to={"street": 9.0, "home": 0.3, "all": 1.0},
        assortativity={"own_partner": 0.6, "casual": 0.4, "all": 0.0},
        pair_duration={"spouse": 3.0, "own_partner": 1.0, "regular_client": 0.8, "all": 0.5}, premium_offer=0.2,
    )  # fmt: skip
    workers = scenario.work_settings
    levers = (
        Lever("work", "livelihoods", 1986.0, 1991.0, Target(("women", "men", "former_fsw")), coverage=0.6,
              values={"start_hazard_ratio": 0.4}),
        Lever("exit", "exit_support", 1985.5, 1991.0, Target(workers, years_in_work=(0.5, 4.0)), uptake=3.0,
              dropout=0.5, values={"leaving_hazard_ratio": {1985: 2.0, 1990: 5.0}}),
        Lever("driven", "displacement", 1987.0, 1988.0, Target(workers), coverage=0.7),
        Lever("campaign", "demand_reduction", 1986.5, 1989.0, Target(("clients",)), uptake=2.0),
    )  # fmt: skip
    return replace(scenario, levers=levers)


CASES = {
    "cotonou": (lambda: cotonou(600, 1991), 11),
    "programmes": (with_levers, 11),
    "weeks": (by_weeks, 2**40 + 3),
    "young": (of_the_young, 0),
    "certain": (of_certain_risk, 10),
    "sites": (of_two_sites, 5),
    "pauses": (of_pauses, 6),
}
