"""People start, pause, return to, change the setting of and leave sex work; men start and stop buying sex.

The schedule says at which mean hazard people start. Who is likelier to start than others is settled when somebody's
clock has run out: it runs at the highest hazard that anybody outside may have, and what is too much is drawn away.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reference.groups import Group
from reference.people import begin_spell
from reference.philox import tally
from reference.schedule import is_visitor
from reference.world import Person, World, total
from swmodel import codes

YOUNG = 25.0  # years of age


@dataclass(frozen=True)
class Usual:
    """What personal hazards are relative to: means over everybody, so that the mean hazard is the one asked for."""

    starting: float  # mean ratio of starting to sell sex, over education, need and debt
    most: float  # the highest ratio that anybody may have, relative to that mean
    leaving: float  # mean ratio of leaving, over education, need and debt


def usual_ratios(now: Any, levels: list[float]) -> Usual:
    """The mean ratios of a step; `levels` is how many people have each level of education when the run begins."""
    education, need, debt = now.start_education, now.start_need, now.start_debt
    starting = mean_over_levels(levels, education) * mean_over_ranks(need) * (1.0 + now.debt_share * (debt - 1.0))
    most = max(1.0, *education) * max(1.0, need) * max(1.0, debt) * max(1.0, now.start_migrant)
    leaving = mean_over_levels(levels, now.leave_education) * (1.0 + now.debt_share * (now.leave_debt - 1.0))
    return Usual(starting, most / starting, leaving * mean_over_ranks(now.leave_need))


def mean_over_levels(shares: list[float], ratios: list[float]) -> float:
    """The mean of a ratio over people, by their level of education."""
    return total(share * ratio for share, ratio in zip(shares, ratios, strict=True)) / max(total(shares), 1e-12)


def mean_over_ranks(ratio: float) -> float:
    """The mean of ratio^need over people, whose need is evenly spread from 0 to 1."""
    return (ratio - 1.0) / math.log(ratio) if abs(ratio - 1.0) > 1e-9 else 1.0


def change_roles(world: World) -> None:
    """Run down everybody's clock at the hazard of any change of what they do, and let those change whose runs out."""
    chance, usual = world.chance("roles"), usual_ratios(world.now, world.numbers.series["education_share"][0])
    starting = {group: total(hazard for _, hazard in starts(world, group, usual)) for group in world.groups.all}
    for person in world.people.values():
        ratio = ratio_of_leaving(world, person, usual)
        hazard, clock = hazard_of_change(world, person, starting, ratio), person.clocks["role_clock"]
        if not clock.runs_out(hazard * world.dt):
            continue
        person.role_times += 1
        u, v = chance.uniforms(person.uid, 1, person.role_times)
        if person.group.sells:
            leave_or_pause(
                world,
                person,
                u * hazard,
                world.now.leave_sex_work[person.group] * ratio * under_manager(world.now, person),
                v,
            )
        elif person.group.buys:
            world.counts["buying_ended"][person.group] += 1
            person.group = world.groups.same_people(person.group, codes.OUTSIDE)
        elif person.paused:
            return_to_work(world, person)
        else:
            start(world, person, u * starting[person.group], v, usual)
        # What is left of the step counts towards the next change.
        after = hazard_of_change(world, person, starting, ratio)
        carried = clock.unspent(hazard * world.dt) * after * world.dt
        clock.left = chance.exponential(person.uid, 0, person.role_times) - carried


def starts(world: World, group: Group, usual: Usual) -> Iterator[tuple[Group, float]]:
    """What people of a group outside the market, or former workers, may start, with the highest hazards of it."""
    scheduled = world.plan.start_hazard[world.step]
    for goal in world.groups.all:
        if goal.buys and group == world.groups.same_people(goal, codes.OUTSIDE):
            yield goal, scheduled[goal]
        elif goal.sells and group == world.groups.same_people(goal, codes.OUTSIDE):
            yield goal, scheduled[goal] * usual.most
        elif goal.sells and group == world.groups.same_people(goal, codes.FORMER):
            yield goal, scheduled[goal] * usual.most * world.now.restart_ratio


def hazard_of_change(world: World, person: Person, starting: dict[Group, float], leaving: float) -> float:
    """Hazard a year of any change, of somebody whose hazard of leaving is so many times that of the setting."""
    now, group = world.now, person.group
    if group.sells:
        usual = now.pause_rate[group] + now.switch_rate[group]
        usual += now.leave_sex_work[group] * leaving * under_manager(now, person)
        return usual + now.switch_rate[group] * (person.factors.moving_rate - 1.0)
    if group.buys:
        return 0.0 if is_visitor(now, group) else now.stop_buying[group]
    if person.paused:
        return now.resume_rate[person.last_group]
    return starting[group] * person.factors.start_rate


def under_manager(now: Any, person: Person) -> float:
    """How much likelier somebody is to leave sex work because of a manager; a new spell may bring another one."""
    return now.managed_leaving if person.managed else 1.0


def ratio_of_leaving(world: World, person: Person, usual: Usual) -> float:
    """The hazard of leaving sex work for good, relative to the mean of those who start, but for the manager."""
    now = world.now
    ratio = person.leaving_trait * person.factors.exit_rate
    ratio = ratio * now.leave_education[person.education] * now.leave_need**person.need / usual.leaving
    ratio *= now.leave_young if world.age(person) < YOUNG else 1.0
    ratio *= now.leave_debt if person.indebted else 1.0
    ratio *= now.leave_migrant if person.migrant else 1.0
    return ratio * (now.leave_hiv[person.hiv_stage] if person.care_state != codes.SUPPRESSED else 1.0)


def leave_or_pause(world: World, person: Person, u: float, leaving: float, v: float) -> None:
    """A worker leaves for good, pauses, or changes the setting: `u` falls in the hazard of one of them.

    `v`, from 0 to 1, says whether somebody from elsewhere goes home, or to which setting.
    """
    counts, setting = world.counts, person.group
    if u < leaving:
        counts["spells_ended"][setting] += 1
        counts["spell_years"][setting] += tally((world.step - person.spell_start) * world.dt)
        person.group = world.groups.same_people(setting, codes.FORMER)
        if person.immigrant and v < world.now.return_home_share:
            person.cause = codes.MOVED_AWAY
    elif u < leaving + world.now.pause_rate[setting]:
        counts["pauses"][setting] += 1
        person.group, person.last_group = world.groups.same_people(setting, codes.FORMER), setting
        person.paused = True
    else:
        pushed = u >= leaving + world.now.pause_rate[setting] + world.now.switch_rate[setting]
        person.group = another_setting(world, setting, v, pushed)
        if person.group != setting:
            counts["switches"][person.group] += 1
            u = world.chance("roles").uniform(person.uid, 5, person.role_times)
            person.part_time = u < world.now.part_time_share[person.group]


def another_setting(world: World, setting: Group, u: float, pushed: bool) -> Group:
    """Another setting of the same workers and site, in proportion to its share, and to its pull on those who are
    pushed out; the same, if there is none.
    """
    shares, pull = world.now.sex_worker_share, world.now.displaced_to
    settings = [other for other in world.groups.settings_for(setting) if other != setting]
    others = [(other, shares[other] * (pull[other] if pushed else 1.0)) for other in settings]
    other = goal_at(others, u * total(share for _, share in others))
    return setting if other is None else other


def return_to_work(world: World, person: Person) -> None:
    """A pause is over: back to the setting that was left, at the site where the person is now."""
    person.group = world.groups.at_site(world.groups.all[person.last_group], person.group.site)
    person.paused = False
    person.spells += 1
    world.counts["returns"][person.group] += 1


def start(world: World, person: Person, u: float, v: float, usual: Usual) -> None:
    """Somebody begins to buy sex, or to sell it if likely enough to start: `u` falls in the hazard of one of them."""
    goal = goal_at(starts(world, person.group, usual), u)
    if goal is None:
        return
    if goal.buys:
        person.group = goal
        world.counts["buying_begun"][goal] += 1
    elif v * usual.most < ratio_of_starting(world, person, usual):
        person.group, person.spell_start = goal, world.step
        begin_spell(world, person, goal, world.chance("roles"))
        world.counts["spells_begun"][goal] += 1


def goal_at(options: Iterable[tuple[Group, float]], u: float) -> Group | None:
    """What somebody starts, if `u` falls in its hazard when the hazards are laid end to end."""
    for goal, hazard in options:
        u -= hazard
        if u < 0.0:
            return goal
    return None


def ratio_of_starting(world: World, person: Person, usual: Usual) -> float:
    """The hazard of starting to sell sex, relative to the mean at 18 without HIV."""
    now, age = world.now, world.age(person)
    ratio = now.start_education[person.education] * now.start_need**person.need / usual.starting
    ratio *= now.start_debt if person.indebted else 1.0
    ratio *= now.start_migrant if person.migrant else 1.0
    known = person.care_state != codes.UNDIAGNOSED
    ratio *= now.start_hiv[person.hiv_stage] * (now.start_diagnosed if known else 1.0)
    return ratio * (math.exp((codes.ADULT_AGE - age) / now.start_age_scale) if age < now.start_age_to else 0.0)
