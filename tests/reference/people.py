"""Adults enter, become what they are, start and stop selling and buying sex, die and leave."""

from __future__ import annotations

import math

from reference.schedule import age_at, ages_of_entrants
from reference.world import Person, World, total
from swmodel import codes

FIRST_IMMIGRANT = 2**31


def enter(world: World) -> list[Person]:
    """Let those enter whom the schedule has for this step: women and men at 18, and immigrants who sell sex."""
    plan, now, entrants = world.plan, world.now, []
    for sex, scheduled in ((codes.FEMALE, plan.women), (codes.MALE, plan.men)):
        number = sum(scheduled[: world.step])  # of women, or men, who entered before
        for age in ages_of_entrants(world.step, scheduled[world.step], plan.age_decline, now.leave_age):
            group = codes.MEN if sex == codes.MALE else codes.WOMEN
            entrants.append(Person(2 * number + sex, sex, world.time - age, group))
            number += 1
    uid = FIRST_IMMIGRANT + sum(sum(row) for row in plan.immigrants[: world.step])
    for setting, count in enumerate(plan.immigrants[world.step]):
        for _ in range(count):
            age = age_at(world.chance("entry").uniform(uid), plan.age_decline, now.start_age_to)
            group = codes.FIRST_SETTING + setting
            entrants.append(Person(uid, codes.FEMALE, world.time - age, group, immigrant=True))
            uid += 1
    for person in entrants:
        world.add(person)
    return entrants


def draw_traits(world: World, entrants: list[Person]) -> None:
    """Draw what people keep for life."""
    now, chance = world.now, world.chance("traits")
    for person in entrants:
        uid = person.uid
        # Half of the variance of a pair's log odds of a condom comes from each partner.
        person.condom_propensity = math.exp(math.sqrt(0.5) * now.condom_spread * chance.normal(uid))
        volume_shape = now.client_visit_shape if person.is_man else now.worker_volume_shape
        person.market_trait = chance.gamma(uid, 1, volume_shape)
        person.frailty = chance.gamma(uid, 2, now.frailty_shape)
        person.circumcised = person.is_man and chance.uniform(uid, draw=3) < now.circumcised_share
        person.polygynous = person.is_man and chance.uniform(uid, draw=4) < now.polygynous_share


def draw_first_roles(world: World, entrants: list[Person]) -> None:
    """At the start, some men buy sex and some of the younger women sell it; immigrants have come to sell it."""
    now = world.now
    for person in entrants:
        if world.step > 0 or person.immigrant:
            continue
        u = world.chance("traits").uniform(person.uid, draw=5)
        if person.is_man:
            if u < now.client_share:
                person.group = codes.CLIENTS
        elif world.age(person) < now.start_age_to:
            shares = [share / world.plan.may_start_share for share in now.sex_worker_share]
            setting = which(shares, u)
            if setting is not None:
                person.group = codes.FIRST_SETTING + setting


def which(shares: list[float], u: float) -> int | None:
    """The place of the share into which `u` falls when they are laid end to end; None beyond the last."""
    for place, share in enumerate(shares):
        u -= share
        if u < 0.0:
            return place
    return None


def arrive_with_hiv(world: World, entrants: list[Person]) -> None:
    """At the start some people live with HIV, and later some immigrants do; past the acute stage."""
    now, chance = world.now, world.chance("arrive_with_hiv")
    for person in entrants:
        if world.step == 0:
            share = now.initial_prevalence[person.group]
        else:
            share = now.immigrant_prevalence if person.immigrant else 0.0
        if chance.uniform(person.uid) < share:
            person.hiv_stage = codes.CD4_500


def hazard_of_change(world: World, group: int) -> float:
    """Rate a year at which people of a group start or stop selling or buying sex."""
    now = world.now
    if group == codes.WOMEN:
        return total(world.plan.start_hazard[world.step])
    if group == codes.MEN:
        return now.stop_buying * now.client_share / max(1.0 - now.client_share, 1e-9)
    if group == codes.CLIENTS:
        return now.stop_buying
    return now.leave_sex_work[group]


def change_roles(world: World) -> None:
    """Women start and leave sex work, men start and stop buying sex."""
    chance = world.chance("roles")
    for person in world.people.values():
        clock = person.clocks["role_clock"]
        spent = hazard_of_change(world, person.group) * world.dt
        if clock.runs_out(spent):
            person.role_times += 1
            change_role(world, person, chance.uniform(person.uid, 1, person.role_times))
            # What is left of the step already counts for the new role.
            carried = clock.unspent(spent) * (hazard_of_change(world, person.group) * world.dt)
            clock.left = chance.exponential(person.uid, 0, person.role_times) - carried


def change_role(world: World, person: Person, u: float) -> None:
    """Change one person's group; `u` says where a woman starts, and whether an immigrant who leaves goes home."""
    if person.group == codes.MEN:
        person.group = codes.CLIENTS
    elif person.group == codes.CLIENTS:
        person.group = codes.MEN
    elif person.sells_sex:
        person.group = codes.WOMEN
        if person.immigrant and u < world.now.return_home_share:
            person.cause = codes.MOVED_AWAY
    elif world.age(person) < world.now.start_age_to:
        hazards = world.plan.start_hazard[world.step]
        setting = which(hazards, u * total(hazards))
        if setting is not None:
            person.group = codes.FIRST_SETTING + setting


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
