"""Couples have sex, with a condom or without; HIV passes, and moves on without treatment."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass

from reference.groups import Kind
from reference.philox import ONE, fixed, single, tally
from reference.world import Pair, Person, World
from swmodel import codes

MOST = 2.0**21  # hazard of a pair, and force of infection of a person: beyond any clock, in place of infinity


def act(world: World) -> None:
    """The acts of each pair in this step, and the share of them with a condom."""
    counts = world.counts
    for pair in world.pairs:
        pair.acts, pair.condom_share = single(expected_acts(world, pair)), single(condom_share(world, pair))
        counts["pairs_now"][pair.kind] += 1
        counts["pairs_apart"][pair.kind] += not pair.together
        counts["acts"][pair.kind] += tally(pair.acts)
        counts["condom_acts"][pair.kind] += tally(pair.condom_share * pair.acts)
        if pair.trades:
            made = tally(contacts(world, pair))
            counts["contacts_sold"][pair.one.group] += made
            counts["contacts_bought"][pair.other.group] += made
            counts["regular_sold"][pair.one.group] += made if pair.kind.form == codes.REGULAR else 0
        if pair.premium_share > 0.0:
            accepted, price = pair.acts * pair.premium_share * (1.0 - pair.condom_share), world.now.price_level
            counts["premiums_accepted"][pair.one.group] += tally(accepted)
            counts["premiums_paid"][pair.one.group] += tally(accepted * world.now.premium * price[pair.one.group])


def contacts(world: World, pair: Pair) -> float:
    """Paid contacts of a pair in this step."""
    return 1.0 if pair.kind.form == codes.ONE_OFF else world.now.regular_contacts * world.dt


def expected_acts(world: World, pair: Pair) -> float:
    """Acts of a pair to be expected in this step, or shared injections; none while they are at different sites."""
    if pair.kind.paid:
        return contacts(world, pair) * world.now.acts_per_contact if pair.trades else 0.0
    return world.now.act_rate[pair.kind] * world.dt if pair.together else 0.0


def condom_share(world: World, pair: Pair) -> float:
    """The probability of a condom: odds usual for the kind of pair and the setting, times those of both partners."""
    odds = usual_odds(world, pair.kind) * pair.propensity
    odds = odds * pair.one.factors.condom_odds * pair.other.factors.condom_odds
    if pair.kind.paid:
        odds *= world.now.setting_condom_odds[pair.one.group] * pair.one.factors.client_condom_odds
    return odds / (1.0 + odds) if odds < math.inf else 1.0


def usual_odds(world: World, kind: Kind) -> float:
    """The median pair's odds of a condom, such that the mean over pairs is `condom_use` (Zeger et al. 1988)."""
    use, spread = world.now.condom_use[kind], world.now.condom_spread
    if use == 1.0:
        return math.inf
    return (use / (1.0 - use)) ** math.sqrt(1.0 + 0.3460 * spread * spread)


@dataclass(frozen=True)
class Exposure:
    """A pair of which one partner lives with HIV and the other does not, and the hazard of infection in this step."""

    pair: Pair
    giver: Person
    other: Person
    hazard: float


def expose(world: World) -> list[Exposure]:
    """Find the pairs in which HIV may pass."""
    exposures = []
    for pair in world.pairs:
        for giver, other in ((pair.one, pair.other), (pair.other, pair.one)):
            if giver.has_hiv and not other.has_hiv:
                risk = risk_per_act(world, pair, giver, other)
                if world.now.fixed_acts > 0.5:  # acts taken as an exact number, not as Poisson
                    risk = -math.log1p(-risk) if risk < 1.0 else math.inf
                hazard = single(min(pair.acts * risk, MOST)) if pair.acts > 0.0 else 0.0
                exposures.append(Exposure(pair, giver, other, hazard))
    return exposures


def risk_per_act(world: World, pair: Pair, giver: Person, other: Person) -> float:
    """The probability that one act, or one shared injection, passes HIV on, condoms averaged over."""
    now = world.now
    if pair.kind.form == codes.NEEDLE:
        risk = now.needle_risk
    else:
        risk = risk_of_sex(world, pair, giver, other) * now.sti_cofactor[pair.kind]
    risk *= now.stage_risk[giver.hiv_stage] * other.factors.susceptibility * other.frailty
    if giver.care_state == codes.SUPPRESSED:
        risk *= now.suppressed_risk
    elif giver.care_state == codes.ON_ART:
        risk *= now.unsuppressed_risk
    return risk


def risk_of_sex(world: World, pair: Pair, giver: Person, other: Person) -> float:
    """The same of an act of sex, before what both bring with them.

    Acts of a woman with a man are vaginal, or anal; those of two people assigned male are anal. Condoms are used less
    often in anal acts. Circumcision protects who is not receptive.
    """
    now, anal = world.now, world.now.anal_share[pair.kind]
    protects = now.condom_efficacy * (1.0 - now.condom_breakage)
    covered = pair.condom_share * protects  # of vaginal acts
    bare = 1.0 - min(covered * now.anal_condom_ratio, protects)  # of anal ones
    cut = now.circumcision_risk if other.circumcised else 1.0
    if giver.is_male and other.is_male:
        receptive = share_receptive(other, giver)
        return (receptive * now.anal_receptive_risk + (1.0 - receptive) * now.anal_insertive_risk * cut) * bare
    if not other.is_male:
        return (1.0 - anal) * now.risk_per_act * (1.0 - covered) + anal * now.anal_receptive_risk * bare
    vaginal = (1.0 - anal) * now.risk_per_act * now.woman_to_man * (1.0 - covered)
    return (vaginal + anal * now.anal_insertive_risk * bare) * cut


def share_receptive(person: Person, partner: Person) -> float:
    """In which share of their anal acts somebody is receptive: who prefers it more always is."""
    if person.position == partner.position:
        return 0.5
    return 1.0 if person.position > partner.position else 0.0


def infect(world: World, exposures: list[Exposure]) -> list[Person]:
    """Take the force of infection off everyone's clock; those whose clock runs out acquire HIV."""
    force: Counter[Person] = Counter()
    for exposure in exposures:
        force[exposure.other] += fixed(exposure.hazard)
    infected = []
    for person, amount in force.items():
        spent, clock = min(amount / ONE, MOST), person.clocks["infection_clock"]
        if clock.runs_out(spent):
            acute = world.now.stage_duration[codes.ACUTE]
            person.clocks["stage_clock"].left -= clock.unspent(spent) * world.dt / acute
            person.hiv_stage, person.infected_step = codes.ACUTE, world.step
            world.counts["infections"][person.group] += 1
            infected.append(person)
    return infected


def find_sources(world: World, infected: list[Person], exposures: list[Exposure]) -> None:
    """Draw from whom, and in which kind of pair, each infection came: a race of exponentials.

    A couple may have several pairs of a kind, as a client who comes twice a month: their hazards add up.
    """
    chance = world.chance("source")
    for person in infected:
        rates: dict[tuple[int, int], int] = defaultdict(int)  # in whole numbers, so that no order matters
        for exposure in exposures:
            if exposure.other is person:
                rates[exposure.giver.uid, exposure.pair.kind] += fixed(exposure.hazard)
        race = [
            (chance.exponential(person.uid, giver, world.step, kind) / min(rate / ONE, MOST), giver, kind)
            for (giver, kind), rate in rates.items()
            if rate > 0
        ]
        _, person.source_uid, person.source_kind = min(race)
        world.counts["infections_by_kind"][person.source_kind] += 1


def progress(world: World) -> None:
    """HIV moves from the acute stage down the CD4 bands; suppression halts it."""
    chance, duration = world.chance("hiv_progression"), world.now.stage_duration
    for person in world.living_with_hiv():
        stage, clock = person.hiv_stage, person.clocks["stage_clock"]
        if stage == codes.CD4_LOW or person.care_state == codes.SUPPRESSED:
            continue
        spent = world.dt / duration[stage]
        if clock.runs_out(spent):
            person.hiv_stage = stage + 1
            carried = clock.unspent(spent) * world.dt / duration[stage + 1]
            clock.left = chance.exponential(person.uid, 0, stage) - carried
