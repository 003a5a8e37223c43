"""Adults enter, are who they are for life, die and leave."""

from __future__ import annotations

import math

from reference.expected import FEWEST, Block
from reference.groups import Group
from reference.philox import WORD, Stream, single, whole_steps
from reference.schedule import age_at, ages_of_entrants, running_chances
from reference.world import Person, World, place_in, total
from swmodel import codes
from swmodel.projection import QUARTER

FIRST_IMMIGRANT = 2**31
ALIKE = 1000.0  # leaving_shape from which everybody is as likely to leave


def enter(world: World) -> list[Person]:
    """Let those enter whom the schedule has for this step: at 18 (of all ages at the start), and from elsewhere."""
    entrants = [person for block in world.plan.entrants for person in enter_at_18(world, block)]
    uid = FIRST_IMMIGRANT + sum(sum(row) for row in world.plan.arrivals[: world.step])
    for group in world.groups.all:
        for _ in range(world.plan.arrivals[world.step][group]):
            entrants.append(arrive(world, uid, group))
            uid += 1
    for person in entrants:
        world.add(person)
    return entrants


def enter_at_18(world: World, block: Block) -> list[Person]:
    """The people of a block who enter now, numbered on from those who entered before."""
    plan, (population, site) = world.plan, block
    number = plan.first_number[block] + sum(plan.entrants[block][: world.step])
    sex = codes.FEMALE if population == codes.WOMEN else codes.MALE
    entrants = []
    for age in ages_of_entrants(world.step, plan.entrants[block][world.step], plan.age_decline, world.now.leave_age):
        uid, birth = 2 * number + sex, world.time - age
        entrants.append(Person(uid, sex, birth, group_at_entry(world, uid, birth, block), site))
        number += 1
    return entrants


def group_at_entry(world: World, uid: int, birth: float, block: Block) -> Group:
    """Draw what somebody does: at 18 nothing in the market, but at the start as expected of that age."""
    chances = world.plan.chance_at_18
    if world.step == 0:
        by_age = world.plan.chance_at_start[class_of(world, leaving_trait(world, uid))]
        chances = by_age[min(int((world.time - birth - codes.ADULT_AGE) / QUARTER), len(by_age) - 1)]
    u = world.chance("traits").uniform(uid, draw=5)
    return next(group for group, so_far in running_chances(chances, world.groups, block) if u < so_far)


def leaving_trait(world: World, uid: int) -> float:
    """How likely somebody is to leave sex work, relative to the mean."""
    shape = world.now.leaving_shape
    return single(world.chance("traits").gamma(uid, 3, shape)) if shape < ALIKE else 1.0


def class_of(world: World, trait: float) -> int:
    """The class of people by how likely they are to leave: those of a class are expected to do alike at the start."""
    return sum(edge < trait for edge in world.plan.class_above)


def arrive(world: World, uid: int, group: Group) -> Person:
    """Somebody from elsewhere: a sex worker, of an age at which people start, or a client who will go again."""
    plan, now, chance = world.plan, world.now, world.chance("entry")
    oldest, decline = now.leave_age, plan.age_decline
    if group.sells:
        oldest, decline = min(now.start_age_to, now.leave_age), plan.age_decline + 1.0 / now.start_age_scale
    sex = codes.FEMALE if group.population == codes.WOMEN else codes.MALE
    birth = world.time - age_at(chance.uniform(uid), decline, oldest)
    person = Person(uid, sex, birth, group, group.site, immigrant=True, migrant=True)
    if group.buys:
        stay = now.visitor_stay[group.occupation]
        person.stays_until = world.step + whole_steps(stay, world.dt, chance.uniform(uid, draw=1))
    return person


def draw_traits(world: World, entrants: list[Person]) -> None:
    """Draw what people keep for life, and since when those sell sex who do so already."""
    now, chance = world.now, world.chance("traits")
    for person in entrants:
        uid, group = person.uid, person.group
        # Half of the variance of a pair's log odds of a condom comes from each partner.
        person.condom_propensity = single(math.exp(math.sqrt(0.5) * now.condom_spread * chance.normal(uid)))
        seldom = now.client_visit_shape if person.is_man and not group.sells else now.worker_volume_shape
        person.market_trait = single(chance.gamma(uid, 1, seldom))
        person.frailty = single(chance.gamma(uid, 2, now.frailty_shape))
        need, debt, education, injects = (word * WORD for word in chance.words(uid, draw=6))
        person.need = single(need)
        person.indebted = debt < now.debt_share
        person.education = place_in(now.education_share, education * total(now.education_share))
        person.injects = injects < now.injecting_share[group]
        draw_traits_of_males(world, person)
        draw_past_in_sex_work(world, person)


def draw_traits_of_males(world: World, person: Person) -> None:
    """Circumcision, how many steady partners a man may have, and what those who have sex with men prefer."""
    now = world.now
    cut, wives, position, women = (word * WORD for word in world.chance("traits").words(person.uid, draw=7))
    person.circumcised = person.is_male and cut < now.circumcised_share[person.group]
    person.polygynous = person.is_man and wives < now.polygynous_share
    if person.has_sex_with_men:
        person.bisexual = women < now.bisexual_share
        if position >= 1.0 - now.insertive_share:
            person.position = codes.INSERTIVE
        elif position < now.receptive_share:
            person.position = codes.RECEPTIVE
    elif person.group.population == codes.TRANS_WOMEN:
        person.position = codes.RECEPTIVE


def draw_past_in_sex_work(world: World, person: Person) -> None:
    """How likely somebody is to leave sex work; of those who sell sex, since when, part-time, and for a manager."""
    now, chance, group, uid = world.now, world.chance("traits"), person.group, person.uid
    from_before = world.step == 0 and not person.immigrant and (group.sells or group.has_sold)
    person.leaving_trait = leaving_trait(world, uid)
    of_class = class_of(world, person.leaving_trait)
    setting = group if group.sells else None
    if from_before and group.has_sold and chance.uniform(uid, draw=12) < world.plan.paused_share[of_class][group]:
        setting = setting_left(world, group, of_class, chance.uniform(uid, draw=14))
        person.paused, person.last_group = True, setting
    if setting is not None:
        begin_spell(world, person, setting, chance)
        years = 0.0
        if from_before:
            years = chance.exponential(uid, draw=13) / max(now.leave_sex_work[setting] * person.leaving_trait, 0.01)
        person.spell_start = world.step - int(min(years, world.age(person) - codes.ADULT_AGE) / world.dt)


def setting_left(world: World, former: Group, of_class: int, u: float) -> Group:
    """The setting to which somebody who pauses at the start will return, in proportion to those who pause from it."""
    paused = [(setting, world.plan.paused_from[of_class][setting]) for setting in world.groups.settings_for(former)]
    everyone = max(total(n for _, n in paused), FEWEST)
    shares = [(setting, total(n for _, n in paused[: k + 1]) / everyone) for k, (setting, _) in enumerate(paused)]
    return next(setting for setting, so_far in shares if u < so_far)


def begin_spell(world: World, person: Person, setting: Group, chance: Stream) -> None:
    """Begin to sell sex in a setting, part-time or not, for a manager or not."""
    person.spells += 1
    person.part_time = chance.uniform(person.uid, 4, person.spells, 0) < world.now.part_time_share[setting]
    person.managed = chance.uniform(person.uid, 4, person.spells, 1) < world.now.manager_control[setting]


def arrive_with_hiv(world: World, entrants: list[Person]) -> None:
    """At the start some people live with HIV, and later some of those from elsewhere and of those who turn 18 do; past
    the acute stage.
    """
    now, chance = world.now, world.chance("arrive_with_hiv")
    for person in entrants:
        share = 0.0
        if world.step == 0 and (not person.immigrant or person.group.sells):
            share = now.initial_prevalence[person.group]
        elif person.immigrant:
            share = now.immigrant_prevalence[person.group]
        else:
            share = now.entry_prevalence[person.group]
        if chance.uniform(person.uid) < share:
            person.hiv_stage = codes.CD4_500


def mortality_from_hiv(world: World, person: Person) -> float:
    """Hazard of death from HIV a year; lower for those whom treatment has suppressed."""
    if not person.has_hiv:
        return 0.0
    suppressed = person.care_state == codes.SUPPRESSED
    return world.now.hiv_mortality[person.hiv_stage] * (world.now.suppressed_mortality if suppressed else 1.0)


def die(world: World) -> None:
    """Mark those who die in this step, and those who have reached the age at which people leave."""
    for person in world.people.values():
        from_hiv = mortality_from_hiv(world, person)
        hazard = world.now.background_mortality + from_hiv
        dies = person.clocks["death_clock"].runs_out(hazard * world.dt)
        if person.cause != codes.STAYS:
            continue
        if dies:
            of_hiv = world.chance("deaths_of_people").uniform(person.uid, 1, 1) * hazard < from_hiv
            person.cause = codes.DIED_HIV if of_hiv else codes.DIED_BACKGROUND
        elif person.birth <= world.time - world.now.leave_age:
            person.cause = codes.REACHED_LEAVE_AGE


def leave(world: World) -> None:
    """Those marked are there no more."""
    for person in list(world.people.values()):
        if person.cause != codes.STAYS:
            world.counts["departures"][person.cause] += 1
            if person.cause == codes.DIED_HIV:
                world.counts["hiv_deaths"][person.group] += 1
            del world.people[person.uid]
