"""Measures: what a results table holds, made of counters."""

from swmodel.declare import Measure

MEASURES = (
    Measure("people", "adults, mean over the year", "people", "stock", ("people",)),
    Measure(
        "people_living_with_hiv", "adults living with HIV, mean over the year", "people", "stock", ("living_with_hiv",)
    ),
    Measure("prevalence", "share of adults living with HIV", "proportion", "ratio", ("living_with_hiv",), ("people",)),
    Measure("new_infections", "new HIV infections", "people", "flow", ("infections",)),
    Measure(
        "incidence",
        "new infections per person-year without HIV",
        "per year",
        "ratio",
        ("infections",),
        ("susceptible",),
        "year",
    ),
    Measure(
        "new_infections_by_partner", "new infections by kind of partner", "people", "flow", ("infections_by_kind",)
    ),
    Measure(
        "diagnosed_share",
        "share of people living with HIV who know it",
        "proportion",
        "ratio",
        ("diagnosed",),
        ("living_with_hiv",),
    ),
    Measure(
        "on_art_share",
        "share of people living with HIV on ART",
        "proportion",
        "ratio",
        ("on_art",),
        ("living_with_hiv",),
    ),
    Measure(
        "suppressed_share",
        "share of people living with HIV suppressed",
        "proportion",
        "ratio",
        ("suppressed",),
        ("living_with_hiv",),
    ),
    Measure(
        "prep_coverage", "share of adults without HIV on PrEP", "proportion", "ratio", ("prep_users",), ("susceptible",)
    ),
    Measure("hiv_deaths", "deaths from HIV", "people", "flow", ("hiv_deaths",)),
    Measure("departures", "people who died, aged out or moved away, by cause", "people", "flow", ("departures",)),
    Measure("tests", "HIV tests", "count", "flow", ("tests",)),
    Measure("art_starts", "starts of and returns to ART", "people", "flow", ("art_starts",)),
    Measure("condom_use", "share of acts with a condom", "proportion", "ratio", ("condom_acts",), ("acts",)),
    Measure("contacts_sold", "paid contacts made, of workers", "count", "flow", ("contacts_sold",)),
    Measure("contacts_bought", "paid contacts made, of clients", "count", "flow", ("contacts_bought",)),
    Measure("contacts_wanted", "paid contacts that clients wanted", "count", "flow", ("contacts_wanted",)),
    Measure("contacts_offered", "paid contacts that workers could have taken", "count", "flow", ("contacts_offered",)),
    Measure(
        "market_fill",
        "paid contacts made for each one that clients wanted",
        "ratio",
        "ratio",
        ("contacts_bought",),
        ("contacts_wanted",),
    ),
    Measure("visits_lost", "visits of clients that found nobody after many draws", "count", "flow", ("visits_lost",)),
    Measure("pairs", "pairs at the start of a month, mean over the year", "count", "stock", ("pairs_now",)),
    Measure(
        "unmatched",
        "people who looked for a partner in a month and found none, summed over months",
        "count",
        "flow",
        ("unmatched",),
    ),
)
