"""What each arrow of the causal layer moves, and all that it must not: exact, since every draw belongs to a person.

In the place of these tests nobody acquires HIV or dies of it, so that nothing feeds back. All that can weigh on workers
does: violence, police, stigma, a want of papers, trips, drinking, coercion, need and debt, and an organisation to which
a lever invites; the law changes in the seventh month. All arrows but the one in question have a size of 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from whole import START, Look, begin, groups, rows

from swmodel import codes
from swmodel.arrows import ARROWS
from swmodel.engine import Engine
from swmodel.model import CORE, INTERVENTIONS, LAYERS
from swmodel.pathways import Arrow
from swmodel.processes.premiums import premiums
from swmodel.scenario.spec import Lever, Target

SEED, PEOPLE, YEARS, STEPS = 2401, 3000, 2.0, 24
OFF = {arrow.name: 1.0 for arrow in ARROWS}
ON = {arrow.name: arrow.effect for arrow in ARROWS}
LAWS = ("criminalised", "clients_criminalised", "regulated")
SWITCH = 6  # the first step under the new law
HAZARD = {"client": 0.6, "police": 0.2, "partner": 0.3, "manager": 0.3, "other": 0.2}
SITES = ("a", "b")
THERE_AND_BACK = {"a": {"a": 0.0, "b": 1.0}, "b": {"a": 1.0, "b": 0.0}}
SELLERS = ("street@a", "street@b", "home@a", "home@b")
MAY_START = ("women@a", "women@b", "former_fsw@a", "former_fsw@b", *SELLERS)  # or who sell sex already
PLACE: dict[str, Any] = {
    "sites": SITES, "work_settings": ("street", "home"), "sex_worker_share": 0.1, "leave_sex_work": 0.3,
    "pause_rate": 0.2, "switch_rate": 0.4, "restart_ratio": 3.0, "client_share": 0.3, "stop_buying": 0.3,
    "client_visits": 20.0, "worker_volume": {"sex_workers": 300.0}, "manager_control": 0.3, "debt_share": 0.3,
    "steady_rate": 0.5, "steady_at_start": 0.5, "casual_rate": 0.2, "background_mortality": 0.02, "growth_rate": 0.02,
    "initial_prevalence": 0.4, "risk_per_act": 0.0, "anal_receptive_risk": 0.0, "anal_insertive_risk": 0.0,
    "tests_per_year": 1.0, "symptomatic_testing": 2.0, "link_rate": 4.0, "art_rate": 6.0, "stop_rate": 0.5,
    "trip_rate": {"sex_workers": 2.0}, "trip_duration": 0.1, "trip_destination": THERE_AND_BACK,
    "migration_rate": {"women": 0.2, "sex_workers": 0.2}, "migration_destination": THERE_AND_BACK,
    "premium_offer": 0.4, "causal_share": 1.0,
}  # fmt: skip
WEIGHS: dict[str, Any] = {
    "violence_hazard": HAZARD, "police_contact": 3.0, "arrest_share": 0.3, "detention": 0.1, "confiscation_lasts": 0.1,
    "stigma": 0.5, "hiv_stigma": 0.5, "papers_lacking": 0.6, "hazardous_drinking": 0.4, "coerced_share": 0.5,
    "debt_bond_share": 0.3, "shock_hazard": 1.0, "debt_hazard": 0.5, "dependants": 1.0, "peer_spread": 2.0, **OFF,
}  # fmt: skip
CHANGES: dict[str, Any] = {
    "criminalised": {START + 0.5: 0.2, START + 0.52: 0.8},
    "clients_criminalised": {START + 0.5: 0.5, START + 0.52: 0.1},  # repealed in part: a negative exposure
    "regulated": {START + 0.5: 0.0, START + 0.52: 0.3},
    "law_lag": 0.5,
}


def lever(kind: str, begins: float = 0.0, coverage: float = 1.0, of: tuple[str, ...] = SELLERS, **values: Any) -> Lever:
    """A lever on all who sell sex, from some years after the start on."""
    name = f"{kind} from {begins:g}"
    return Lever(name, kind, START + begins, START + YEARS, Target(of), coverage=coverage, values=values)


PREP = Lever("PrEP", "oral_prep", START, START + YEARS, Target(SELLERS), uptake=6.0, dropout=0.5)
UNION = lever("community_empowerment", invitation_rate=1.0)

VIOLENCE = (
    {"violence_events", "violence_suffered"},
    {"forced_acts", "violence_onsets", "forced_in_pairs", "violence_within_a_year", "violence_ever", "violence_weighs",
     "violence_told", "prophylaxis_needed", "assaults_laid", "pairs_now", "acts", "pairs_ended", "years_ended"},
    {"violence_clock", "violence_times", "violence_until", "violence_last", "forced_by_clients", "forced_by_partners",
     "forced_by_others", "condom_share", "pair_a", "pair_b", "kind", "since", "until", "pair_acts"},
)  # fmt: skip
PREMIUMS = {"premiums_accepted", "premiums_paid"}
CARE = {"on_art", "suppressed", "art_starts"}
TREATED = (set(), CARE, {"care_clock", "care_times", "care_state"})
MARKET = {
    "visits_lost", "visits_made", "visits_after_alcohol", "premiums_offered", "pairs_now", "pairs_apart", "acts",
    "condom_acts", "contacts_sold", "contacts_bought", "regular_sold", "forced_in_pairs", "pairs_formed", "pair_years",
    "pairs_ended", "years_ended", "age_gaps", *PREMIUMS,
}  # fmt: skip
ROLE = {"role_clock", "role_times", "group", "cause", "paused", "last_group", "part_time"}
MOVES: Mapping[str, tuple[set[str], set[str], set[str]]] = {
    # by mediator: the counters that must move, those that may, and the attributes that may in the first step
    "violence_rate": VIOLENCE,
    "client_violence_rate": VIOLENCE,
    "condom_odds": ({"condom_acts"}, PREMIUMS, {"condom_share"}),
    "client_condom_odds": ({"condom_acts"}, PREMIUMS, {"condom_share"}),
    "premium_odds": ({"condom_acts"}, PREMIUMS, {"condom_share", "pair_propensity"}),
    "testing_rate": ({"tests"}, {"diagnosed", "diagnoses", "prophylaxis_needed", *CARE},
                     {"care_clock", "care_times", "care_state"}),
    "linkage_rate": TREATED,
    "art_stop_rate": TREATED,
    "adherence": (set(), set(), {"susceptibility"}),
    "police_rate": (
        {"police_contacts"},
        {"extortions", "confiscations"},
        {"police_clock", "police_times", "police_until", "condoms_taken_until"},
    ),
    "client_volume": (
        {"contacts_wanted", "contacts_sought"},
        {"contacts_unmet", "contacts_moved", "contacts_met", "price_paid", *MARKET},
        {"visit_clock", "visit_times", "visits"},
    ),
    "work_volume": (
        {"contacts_offered"},
        {"contacts_met", "contacts_unmet", "price_paid", *MARKET},
        {"visit_clock", "visit_times", "visits"},
    ),
    "stigma_ratio": ({"stigma_counts"}, set(), {"stigma_felt", "hiv_stigma_felt"}),
    "debt_rate": (
        {"debts_begun", "in_debt", "need_summed"},
        {"debts_repaid", "bonds_begun", "bonds_ended", "bonded_now"},
        {"debt_clock", "debt_times", "indebted", "need_felt"},
    ),
    "exit_rate": ({"spells_ended"}, set(), ROLE),
    "moving_rate": ({"switches"}, set(), ROLE),
}  # fmt: skip
# Arrows that change who sells sex, and where: every counter of groups may move with them, and these may not, in sum.
ROLES = ("exit_rate", "moving_rate")
UPSTREAM = ("people", "departures", "living_with_hiv", "infections", "susceptible", "tests", "diagnosed", *sorted(CARE),
            "buying_begun", "buying_ended", "contacts_wanted", "contacts_sought")  # fmt: skip
PAIRS = ("client_volume", "work_volume")  # arrows with which other pairs come about in the same step
# Exposures that are settled after the arrows of a step: an arrow reads them as they were at the end of the step before.
LATE = {a.name for layer in LAYERS for one in layer.processes if one.phase == "movement" for a in one.attributes}


def place(years: float = YEARS, levers: tuple[Lever, ...] = (UNION,), **given: Any) -> Engine:
    """An engine that has not run, of the place with what is `given` besides."""
    return begin(SEED, PEOPLE, years, levers=levers, **PLACE | given)


def differ(ours: Engine, theirs: Engine) -> set[str]:
    """The counters of `theirs` that were not the same in every step so far."""
    return {name for name in theirs.counters if not np.array_equal(ours.count(name), theirs.count(name))}


def unlike(ours: Engine, theirs: Engine) -> set[str]:
    """The attributes of `theirs` in which any row differs now."""
    found = set()
    for one, other in ((ours.people, theirs.people), (ours.pairs, theirs.pairs)):
        assert one.n == other.n
        arrays = other.arrays
        found |= {name for name in arrays if not np.array_equal(one.arrays[name][: one.n], arrays[name][: one.n])}
    return found


def size_of(arrow: Arrow) -> float:
    """The end of its range that lies farthest from 1."""
    return max(arrow.range, key=lambda edge: abs(np.log(edge)))


def switched(mediator: str, **given: Any) -> Engine:
    """The place for arrows to this mediator, before it runs; PrEP is there only where adherence is in question.

    Nobody is arrested where what is in question is who meets police, or how much people work.
    """
    levers = (UNION, PREP) if mediator == "adherence" else (UNION,)
    calm = {"arrest_share": 0.0} if mediator in ("police_rate", "work_volume") else {}
    return place(levers=levers, **WEIGHS | CHANGES | calm | given)


@cache
def without(variant: str) -> Engine:
    """The run without any arrow, of the place for a mediator."""
    return switched(variant).run()


def unmoved(mediator: str) -> Engine:
    """The run without any arrow, shared by the mediators that have the same place."""
    same = {"adherence": "adherence", "police_rate": "police_rate", "work_volume": "police_rate"}
    return without(same.get(mediator, "condom_odds"))


LAW_ENDS = {f"law_{name}" for name in LAWS}
EACH_ARROW = pytest.mark.parametrize("arrow", ARROWS, ids=lambda arrow: arrow.name)


@pytest.mark.case("24")
@EACH_ARROW
def test_what_an_arrow_moves(arrow: Arrow) -> None:
    """With one arrow on, what lies downstream of it moves, and every other counter is the same in all steps.

    Arrows that change who sells sex move counters of every group; how many people there are, leave, live with HIV and
    are in care, and what clients want, they do not. PrEP that protects less moves no counter where nobody acquires HIV:
    there protection itself is compared. Exact; 3,000 people, 24 steps, 300 workers; the law changes with step 6, before
    which no arrow that starts from it moves anything. Planted: every arrow acts on clients; every arrow leads to
    condoms; clients are left out of the law; arrows come after the events that they act on; a higher price does not
    tell; nothing keeps people from leaving.
    """
    ours, theirs = switched(arrow.mediator, **{arrow.name: size_of(arrow)}).run(), unmoved(arrow.mediator)
    must, may, _ = MOVES[arrow.mediator]
    moved = differ(ours, theirs)
    if arrow.mediator == "adherence":
        assert moved == set() and "susceptibility" in unlike(ours, theirs)
        return
    assert moved and must <= moved
    if arrow.mediator in ROLES:
        for name in UPSTREAM:
            assert np.array_equal(*(run.count(name).reshape(STEPS, -1).sum(axis=1) for run in (ours, theirs)))
    else:
        assert moved <= must | may
    first = min(int(np.argmax((ours.count(n) != theirs.count(n)).reshape(STEPS, -1).any(axis=1))) for n in moved)
    assert first >= (SWITCH if arrow.exposure in LAW_ENDS else 1)


class Among(Look):
    """A look that stands among processes, so that another can be put beside it."""

    process = CORE[-1]


def snapshot(run: Engine, before: str) -> dict[str, np.ndarray]:
    """What will hold every attribute of people, and the rolls, as they are before that process in the latest step."""
    kept: dict[str, np.ndarray] = {}

    def keep(run: Engine) -> None:
        kept.update({name: array[: run.people.n].copy() for name, array in run.people.arrays.items()})
        kept.update({name: np.array(rows) for name, rows in run.rolls.items()})

    Among(run, before, keep)
    return kept


@pytest.mark.case("24")
@EACH_ARROW
def test_the_first_step_of_an_arrow(arrow: Arrow) -> None:
    """In the first step with exposure the mediator of those exposed is effect ** exposure, and of others as it was.

    Exposure is what it was at the end of the step before, of those who trade at the beginning of this one; that of the
    law, of violence and of police is noted at the beginning of the step. At the end of the step no attribute but those
    that the mediator feeds differs; of arrows that change who sells sex, once roles are settled. Exact, to single
    precision; 3,000 people. Planted: every arrow acts on clients; an arrow acts in full however small the exposure; a
    law that is repealed acts like one that is made; police drive nobody to other places of work.
    """
    ours, theirs = switched(arrow.mediator, **{arrow.name: size_of(arrow)}), switched(arrow.mediator)
    at_arrow = snapshot(ours, "carry")
    settled = [snapshot(run, "mobility") for run in (ours, theirs)]
    exposed, earlier = np.zeros(0), np.zeros(0)
    while not exposed.any():
        assert theirs.step < 12
        earlier = rows(theirs, arrow.exposure)[0].copy()
        ours.advance()
        theirs.advance()
        exposed = np.zeros(len(at_arrow[arrow.exposure]))
        listed = at_arrow[arrow.over]
        exposed[listed] = at_arrow[arrow.exposure][listed]
        if not exposed.any():
            assert unlike(ours, theirs) == set() and np.array_equal(ours.record, theirs.record)
    then = earlier if arrow.exposure in LATE else rows(theirs, arrow.exposure)[0]
    old = listed[listed < len(earlier)]
    assert np.array_equal(exposed[old], then[old])
    (factor,), (plain,) = rows(ours, arrow.mediator), rows(theirs, arrow.mediator)
    assert np.array_equal(factor != plain, exposed != 0.0)
    np.testing.assert_allclose(factor, plain * size_of(arrow) ** exposed, rtol=2.0**-22)
    if arrow.mediator in ROLES:
        one, other = settled
        names = {name for name in theirs.people.arrays if not np.array_equal(one[name], other[name])}
        assert np.array_equal(one["role_clock"] != other["role_clock"], exposed != 0.0)
    elif arrow.mediator in PAIRS:
        names = {n for n in theirs.people.arrays if not np.array_equal(rows(ours, n)[0], rows(theirs, n)[0])}
    else:
        names = unlike(ours, theirs)
    assert names <= {arrow.mediator, *MOVES[arrow.mediator][2]}


@pytest.mark.case("24")
@pytest.mark.parametrize("weighs", [WEIGHS, {"violence_hazard": 0.0, **OFF}], ids=["all of it", "nothing"])
def test_the_law_alone_changes_nothing(weighs: dict[str, Any]) -> None:
    """With every arrow at 1 another law changes no counter in any step, and no attribute but how far practice moved.

    Exact; 3,000 people, 24 steps; practice has moved for all who sell or buy sex.
    """
    levers = (UNION,) if "peer_spread" in weighs else ()
    ours, theirs = place(levers=levers, **weighs | CHANGES).run(), place(levers=levers, **weighs).run()
    assert differ(ours, theirs) == set() and unlike(ours, theirs) == set()
    assert all((rows(ours, name)[0][ours.rolls["selling"]] != 0.0).all() for name in LAW_ENDS)


@pytest.mark.case("24")
def test_a_law_that_stands_changes_nothing() -> None:
    """A place criminalised all along is like one that is not, with all arrows on: only a change of law acts.

    Exact; 3,000 people, 24 steps. Planted: the law acts from nought.
    """
    standing = {"criminalised": 0.7, "clients_criminalised": 0.3}
    ours, theirs = (place(**WEIGHS | ON | law).run() for law in (standing, {}))
    assert differ(ours, theirs) == set() and unlike(ours, theirs) == set()


# Each layer where there is none of it, or where it has nothing to act on.
NOTHING: Mapping[str, dict[str, Any]] = {
    "law": {"criminalised": 0.0},
    "police": {"police_contact": 0.0},
    "violence": {"violence_hazard": 0.0},
    "stigma": {"stigma": 0.0},
    "stigma of HIV": {"hiv_stigma": 0.0},
    "papers": {"papers_lacking": 0.0, "on_trip_to_art_stop_rate": 1.0, "on_trip_to_adherence": 1.0},  # trips go on
    "drinking": {"hazardous_drinking": 0.0},
    "coercion": {"coerced_share": 0.0},
    "bondage": {"debt_bond_share": 0.0},
    "shocks": {"shock_hazard": 0.0, "need_of_rank": 0.0},  # need for life is there without shocks
    "debt": {"debt_hazard": 0.0, "need_of_rank": 0.0},
    "dependants": {"dependants": 0.0, "need_of_rank": 0.0},
    "organisation": {"peer_spread": 0.0},
}


@cache
def bare(**given: Any) -> Engine:
    """The place on which nothing weighs."""
    return place(levers=(), **given).run()


def is_bare(run: Engine, **given: Any) -> bool:
    """True if every counter of the core, in every step, and every attribute are as in the place on which nothing does.

    Debt is for life there, and comes and goes where need is in the run.
    """
    theirs = bare(**given)
    assert set(theirs.counters) == {c.name for process in (*CORE, premiums) for c in process.counters}
    return differ(run, theirs) == set() and unlike(run, theirs) <= {"indebted"}


@pytest.mark.case("22", "23", "24")
@pytest.mark.parametrize("given", NOTHING.values(), ids=NOTHING)
def test_a_layer_of_which_there_is_none(given: dict[str, Any]) -> None:
    """A layer given as none of it leaves every counter of the core as without the layer, with all arrows on.

    Exact; 3,000 people, 24 steps, with testing, care, deaths, trips and a market; so does every attribute. Nobody
    begins in debt. Planted: police cost everybody a hundredth of their work; somebody begins bonded where nobody does;
    people join an organisation of themselves.
    """
    run = place(levers=(), **ON | given | {"debt_share": 0.0}).run()
    assert is_bare(run, debt_share=0.0)
    assert set(run.counters) > set(bare(debt_share=0.0).counters) or "criminalised" in given
    if "stigma" in given:
        assert not run.count("stigma_counts").any() and run.count("stigma_asked").any()


@pytest.mark.case("22", "23", "24")
@pytest.mark.parametrize(
    "weighs",
    [{"violence_hazard": 0.0, **CHANGES, **OFF}, {**WEIGHS, **CHANGES, "arrest_share": 0.0, "sexual_share": 0.0}],
    ids=["another law", "all layers, but neither arrest nor forced sex"],
)
def test_layers_without_arrows(weighs: dict[str, Any]) -> None:
    """All layers in full, with no arrow, arrest or forced sex, leave every counter of the core as without them.

    Exact; 3,000 people, 24 steps, and a lever that invites people; so does every attribute but debt. Planted: all
    violence is sexual.
    """
    assert is_bare(place(levers=(UNION,) if "peer_spread" in weighs else (), **weighs).run())


# Sizes with which a lever does nothing; PrEP is counted, and there is none without effect.
NEUTRAL = {kind: {p.name: 1.0 for p in effect.params} for kind, effect in INTERVENTIONS.items() if kind != "oral_prep"}
NEUTRAL["community_empowerment"] = {"invitation_rate": 0.0}


@cache
def all_on() -> Engine:
    """All layers and arrows, and another law, with a lever that invites people."""
    return place(**WEIGHS | CHANGES | ON).run()


@pytest.mark.case("22", "23", "24")
@pytest.mark.parametrize("kind", INTERVENTIONS)
def test_a_lever_that_does_nothing(kind: str) -> None:
    """A lever that reaches nobody, or whose ratios are 1, is as none: every counter of every step, all arrows on.

    Exact; 3,000 people, 24 steps, the lever from the second year on.
    """
    for coverage, values in [(0.0, {}), *([(1.0, NEUTRAL[kind])] if kind in NEUTRAL else [])]:
        run = place(levers=(UNION, lever(kind, 1.0, coverage, **values)), **WEIGHS | CHANGES | ON).run()
        assert differ(run, all_on()) == set() and unlike(run, all_on()) == set()


# What each lever must move where all layers and arrows are on; livelihoods and less demand reach others.
ACTS_ON = {
    "condom_programme": "condom_acts", "female_condoms": "condom_acts", "venue_agreement": "condom_acts",
    "condom_shortage": "condom_acts", "testing_outreach": "tests", "peer_outreach": "tests", "art_support": "on_art",
    "oral_prep": "prep_users", "community_empowerment": "joinings", "violence_reduction": "violence_events",
    "policing": "police_contacts", "stigma_reduction": "stigma_counts", "cultural_mediation": "papers_lack",
    "alcohol_counselling": "drinkers", "economic_support": "need_summed", "livelihoods": "spells_begun",
    "exit_support": "spells_ended", "anti_trafficking": "bonded_now", "demand_reduction": "contacts_wanted",
    "displacement": "switches", "services": "tests",
}  # fmt: skip
SIZED = {"violence_reduction": {"violence_ratio": 0.2}, "services": {"services_testing_ratio": 0.2}}
OTHERS = {"livelihoods": ("women@a", "women@b"), "demand_reduction": ("clients@a", "clients@b")}


@pytest.mark.case("22", "23", "24")
@pytest.mark.parametrize("kind", INTERVENTIONS)
def test_a_lever_acts(kind: str) -> None:
    """Each lever, at its defaults where they do anything, moves what it is for, from its first step on. Exact."""
    one = lever(kind, 1.0, of=OTHERS.get(kind, SELLERS), **SIZED.get(kind, {}))
    run, name = place(levers=(UNION, one), **WEIGHS | CHANGES | ON).run(), ACTS_ON[kind]
    assert np.array_equal(run.record[:12], all_on().record[:12])
    assert not np.array_equal(run.count(name)[12:], all_on().count(name)[12:])


@cache
def times(name: str, factor: float, ratio: float = 1.0) -> np.ndarray:
    """How often each person suffered it, by uid, with hazards times a factor, and a lever's ratio from the second year.

    No arrows; nobody is arrested.
    """
    hazards = {"violence_hazard": {who: factor * amount for who, amount in HAZARD.items()},
               "police_contact": 3.0 * factor}  # fmt: skip
    levers = (
        lever("violence_reduction", 1.0, 0.5, violence_ratio=ratio),
        lever("policing", 1.0, 0.5, contact_ratio=ratio),
    )
    return by_uid(place(levers=levers, **WEIGHS | hazards | {"arrest_share": 0.0}).run(), name)


def by_uid(run: Engine, name: str) -> np.ndarray:
    """An attribute of each person who was ever there, by uid."""
    uid, values = rows(run, "uid", name)
    found = np.zeros(3 * PEOPLE, values.dtype)
    found[uid] = values
    return found


@pytest.mark.case("22", "23")
@pytest.mark.parametrize("name", ["violence_times", "police_times"])
def test_more_hazard_means_no_less(name: str) -> None:
    """Nobody suffers violence, or meets police, less often where its hazard is higher; some do more often.

    Person by person, exact, since thresholds are shared; 3,000 people, 2 years, six hazards, and half of all workers
    reached by levers from weak to strong. Planted: violence is keyed by the month.
    """
    for cases in ([(f, 1.0) for f in (0.0, 0.5, 1.0, 1.25, 1.5, 3.0)], [(1.0, r) for r in (0.0, 0.5, 0.9, 1.0, 2.0)]):
        counts = [times(name, *case) for case in cases]
        for fewer, more in zip(counts, counts[1:], strict=False):
            assert (fewer <= more).all() and (fewer < more).any()
    assert times(name, 0.0).sum() == 0 and times(name, 1.0).sum() > 300


def rises(runs: list[Engine], name: str) -> None:
    """From each run to the next the attribute falls for nobody, and rises for some."""
    found = [by_uid(run, name) for run in runs]
    for fewer, more in zip(found, found[1:], strict=False):
        assert (fewer <= more).all() and (fewer < more).any()


@pytest.mark.case("24")
def test_more_stigma_means_no_earlier_diagnosis() -> None:
    """Whoever is diagnosed by the end with more stigma is with less, too; and some are only then.

    By the arrow to testing alone. Person by person, exact; 3,000 people, 2 years, four shares, and a relative share.
    """
    arrow = OFF | {"stigma_felt_to_testing_rate": 0.3, "hiv_stigma": 0.5}
    runs = [place(levers=(), stigma=share, **arrow).run() for share in (1.0, 0.6, 0.2, 0.0)]
    for run in runs:
        run.people.arrays["care_state"][:] = run.people.arrays["care_state"] != codes.UNDIAGNOSED
    rises(runs, "care_state")
    counts = [run.count("stigma_counts").sum() for run in runs]
    assert counts == sorted(counts, reverse=True) and counts[-1] == 0
    less = lever("stigma_reduction", of=MAY_START, stigma_share_ratio=0.5)
    ours, theirs = place(levers=(less,), stigma=0.8, **arrow).run(), place(levers=(), stigma=0.4, **arrow).run()
    assert differ(ours, theirs) == set()


@pytest.mark.case("22")
def test_more_drinking_means_no_less_violence() -> None:
    """Nobody suffers violence less often where more people drink, or drink at higher odds. Exact; 3,000 people."""
    arrow = OFF | {"drinks_to_client_violence_rate": 4.0, "violence_hazard": HAZARD}
    runs = [place(levers=(), hazardous_drinking=share, **arrow).run() for share in (0.0, 0.3, 0.8, 1.0)]
    rises(runs, "violence_times")
    talks = [(lever("alcohol_counselling", drinking_odds_ratio=ratio),) for ratio in (0.05, 0.3)]
    rises([place(levers=(*talk,), hazardous_drinking=0.5, **arrow).run() for talk in (*talks, ())], "violence_times")


@pytest.mark.case("24")
def test_more_invitations_mean_no_fewer_members() -> None:
    """Who joins joins where more are invited, or where members invite more; without either nobody does. Exact."""
    given = OFF | {"membership_end": 0.0}
    invited = [(lever("community_empowerment", 0.0, 0.3, invitation_rate=rate),) for rate in (0.2, 1.0, 5.0)]
    rises([place(levers=one, peer_spread=1.0, **given).run() for one in invited], "member")
    spread = [place(levers=invited[0], peer_spread=rate, **given).run() for rate in (0.0, 1.0, 4.0)]
    rises(spread, "member")
    assert not place(levers=(), peer_spread=20.0, **given).run().count("members").any()


@pytest.mark.case("24")
def test_nobody_starts_bonded_where_all_who_may_start_are_reached() -> None:
    """A relative share of 0 for everybody who may start ends coercion at the start.

    Exact; 3,000 people, 24 steps, more than 100 of whom start bonded without the lever.
    """
    none = lever("anti_trafficking", of=MAY_START, coercion_share_ratio=0.0, release_ratio=1.0)
    run = place(levers=(UNION, none), **WEIGHS).run()
    assert not run.count("bonds_begun").any() and without("condom_odds").count("bonds_begun").sum() > 100


@pytest.mark.case("24")
def test_members_are_counted_once() -> None:
    """The share of members beside somebody is what the counters say, of all who work in a setting. Exact."""
    run = all_on()
    member, norm, group = rows(run, "member", "venue_norm", "group")
    works = np.flatnonzero(groups(run, "sex_workers")[0])
    assert run.count("members")[-1].sum() > 50 and set(np.unique(member)) == {0.0, 1.0}
    for g in works:
        here = np.intersect1d(np.flatnonzero(group == g), run.rolls["workers"])
        assert len(here) == run.count("peers")[-1, g]
        assert (norm[here] == np.float32(member[here].sum() / len(here))).all()
