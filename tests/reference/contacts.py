"""What clients want and workers could take, and what comes of it: the market of a step, before people meet.

Clients of a group divide the paid contacts that they want over the work settings of their site. Of D contacts wanted in
a setting and S that its workers could take, D^(1-w) S^w are made. Some of those turned away go to another setting. What
regular pairs do not provide of the contacts made comes from new visits, and some of those begin a regular pair.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from reference.groups import Group
from reference.philox import tally
from reference.world import Person, World, total
from swmodel import codes

LEAST_TOGETHER = 0.2  # of regular pairs at the same site; below it, no more are made up for
MARGIN = 1.2  # of the bound on visits over what is expected
UNIT = 2.0**-20  # of what is counted in whole numbers

Amounts = Mapping[Group, float]
Flow = tuple[Group, Group]  # from a group of clients to a work setting


@dataclass(frozen=True)
class Outcome:
    """What comes of the contacts wanted in each work setting."""

    demand: Amounts  # contacts wanted
    take: Amounts  # the share of them that is made there
    elsewhere: Amounts  # the share that is made in another setting of the site
    room: Amounts  # the share of all the room of the market and site that this setting has


@dataclass(frozen=True)
class Visits:
    """Visits to new workers for each contact that comes about, and the share of them that begins a regular pair."""

    anew: Mapping[Flow, float]
    turns_regular: Mapping[Flow, float]


@dataclass(frozen=True)
class Market:
    """All that clients need to know in this step."""

    choice: Mapping[Flow, float]
    outcome: Outcome
    visits: Visits
    bound: Amounts  # on visits of each group of clients: their clocks run at it, and what is too much is drawn away


def open_market(world: World) -> Market:
    """Settle what comes of what clients want and workers could take in this step.

    The bound on visits is worked out in the same way from what the schedule expects, so that it depends on no lever.
    """
    wanted, offered = expected_market(world)
    choice = choose_settings(world, offered)
    outcome = settle(world, choice, wanted, offered)
    visits = new_visits(world, choice, wanted, outcome, world.regulars_expected, together=1.0)
    bound = bound_visits(world, choice, wanted, outcome, visits)
    add_up(world)
    wanted, offered = amounts(world.counts["contacts_wanted"]), amounts(world.counts["contacts_offered"])
    outcome = settle(world, choice, wanted, offered)
    visits = new_visits(world, choice, wanted, outcome, world.regular_pairs, regular_pairs_together(world))
    count_outcome(world, outcome, offered)
    return Market(choice, outcome, visits, raise_bound(world, choice, outcome, visits, bound))


def amounts(counted: Counter[int]) -> Amounts:
    """What was counted in whole units, as amounts."""
    return defaultdict(float, {group: n * UNIT for group, n in counted.items()})


def expected_market(world: World) -> tuple[Amounts, Amounts]:
    """The contacts of this step that clients would want, and workers could take, if all were as scheduled."""
    now, expected = world.now, world.plan.expected_people[world.step]
    wanted, offered = defaultdict(float), defaultdict(float)
    for group in world.groups.all:
        if group.buys:
            wanted[group] = now.client_visits[group] * expected[group] * world.dt
        elif group.sells:
            usual = 1.0 - now.part_time_share[group] * (1.0 - now.part_time_volume)
            offered[group] = now.worker_volume[group] * usual * expected[group] * world.dt
    return wanted, offered


def add_up(world: World) -> None:
    """Count what clients want, and what workers could take."""
    for client in world.clients():
        wants = world.now.client_visits[client.group] * client.market_trait * client.factors.client_volume * world.dt
        world.counts["contacts_wanted"][client.group] += tally(wants)
    for worker in world.workers():
        world.counts["contacts_offered"][worker.group] += tally(volume(world, worker) * world.dt)


def volume(world: World, worker: Person) -> float:
    """Paid contacts a year that a worker could take."""
    full_time = world.now.worker_volume[worker.group] * worker.market_trait
    return full_time * (world.now.part_time_volume if worker.part_time else 1.0)


def choose_settings(world: World, offered: Amounts) -> dict[Flow, float]:
    """The share of the contacts wanted by clients of a group that they want in each setting of their site.

    It goes by what the setting is expected to offer, and by what an occupation prefers.
    """
    choice = {}
    for client in (group for group in world.groups.all if group.buys):
        weights = {w: offered[w] * preference(world, client, w) for w in world.groups.settings_for(client)}
        everything = max(total(weights.values()), 1e-12)
        choice |= {(client, setting): weight / everything for setting, weight in weights.items()}
    return choice


def preference(world: World, client: Group, setting: Group) -> float:
    """What clients of an occupation prefer; those who have none, where others have, go by what is offered."""
    if world.scenario.occupations and client.occupation < 0:
        return 1.0
    return world.now.setting_choice[max(client.occupation, 0)][setting.setting]


def settle(world: World, choice: Mapping[Flow, float], wanted: Amounts, offered: Amounts) -> Outcome:
    """What comes of the contacts wanted, in every work setting."""
    now, settings = world.now, world.groups.settings
    demand = {w: total(choice[c, w] * wanted[c] for c in clients_of(choice, w)) for w in settings}
    made = {w: contacts_made(world, w, demand[w], offered[w]) for w in settings}
    take = {w: made[w] / demand[w] if demand[w] > 0.0 else 0.0 for w in settings}
    free = {w: max(offered[w] - made[w], 0.0) if made[w] > 0.0 else 0.0 for w in settings}
    excess = {w: max(1.0 - take[w], 0.0) * demand[w] * now.substitution for w in settings}
    elsewhere, room = dict.fromkeys(settings, 0.0), dict.fromkeys(settings, 0.0)
    for w in settings:
        sought = total(excess[v] for v in world.groups.settings_for(w))
        there = total(free[v] for v in world.groups.settings_for(w))
        if sought > 0.0 and there > 0.0:
            room[w] = free[w] / there
            elsewhere[w] = excess[w] / max(demand[w], 1e-12) * min(1.0, there / sought)
    return Outcome(demand, take, elsewhere, room)


def clients_of(choice: Mapping[Flow, float], setting: Group) -> list[Group]:
    """The groups of clients who may go to a setting, in their order."""
    return [client for client, where in choice if where == setting]


def contacts_made(world: World, setting: Group, demand: float, offered: float) -> float:
    """Contacts made in a setting: between what is wanted and what is offered, and no more than workers take at most."""
    if demand <= 0.0 or offered <= 0.0:
        return 0.0
    balance = world.now.market_balance[setting]
    return min(demand ** (1.0 - balance) * offered**balance, world.now.most_contacts * offered)


def new_visits(
    world: World, choice: Mapping[Flow, float], wanted: Amounts, outcome: Outcome, regulars: Mapping[Flow, float],
    together: float,
) -> Visits:  # fmt: skip
    """Visits to new workers, of those wanted; and how many turn regular, so that regulars come to have their share.

    `together` is the share of regular pairs of which both are at the same site: they provide contacts.
    """
    now, anew, turns_regular = world.now, {}, {}
    for client, setting in choice:
        anew[client, setting] = turns_regular[client, setting] = 0.0
        contacts = due(world, choice, wanted, outcome, client, setting)
        if contacts > 0.0:
            regular = now.regular_share[setting]
            keep, outlast = going_on(world, client, setting)
            ends = 1.0 - keep * outlast
            made = world.dt / ends * now.regular_contacts * together * (1.0 - regular)
            turns = regular / (regular + made)
            # Pairs that end while apart do not come back to the same site.
            meet = regulars[client, setting] * keep * max(1.0 - ends * (1.0 / together - 1.0), 0.0)
            each = 1.0 - turns + turns * now.regular_contacts * world.dt
            turns_regular[client, setting] = turns
            anew[client, setting] = max(1.0 - meet * now.regular_contacts * world.dt / contacts, 0.0) / each
    return Visits(anew, turns_regular)


def due(
    world: World, choice: Mapping[Flow, float], wanted: Amounts, outcome: Outcome, client: Group, setting: Group
) -> float:
    """Contacts that come about between clients of a group and a setting, those turned away elsewhere included."""
    moved = total(choice[client, v] * outcome.elsewhere[v] for v in world.groups.settings_for(client))
    return wanted[client] * (choice[client, setting] * outcome.take[setting] + moved * outcome.room[setting])


def going_on(world: World, client: Group, setting: Group) -> tuple[float, float]:
    """The share of regular pairs whose partners keep their roles as a step begins, and that of those which outlast it.

    Visitors buy until they go.
    """
    now, kind, dt = world.now, world.groups.kind(codes.REGULAR, setting), world.dt
    lasts, stops, goes = max(1.0 - dt / now.pair_duration[kind], 0.0), now.stop_buying[client], 0.0
    if client.occupation >= 0 and now.visitor_stay[client.occupation] > 0.0:
        stops, goes = 0.0, min(dt / now.visitor_stay[client.occupation], 1.0)
    keep = math.exp(-(now.leave_sex_work[setting] + now.pause_rate[setting] + stops) * dt)
    return keep, lasts * (1.0 - goes) * math.exp(-2.0 * now.background_mortality * dt)


def bound_visits(
    world: World, choice: Mapping[Flow, float], wanted: Amounts, outcome: Outcome, visits: Visits
) -> Amounts:
    """The most visits of each group of clients, for each contact wanted; and keep count of the regulars expected."""
    bound = defaultdict(float)
    for flow, share in choice.items():
        client, setting = flow
        bound[client] = max(bound[client], MARGIN * visits_for_each(world, outcome, visits, flow, share))
        began = due(world, choice, wanted, outcome, client, setting) * visits.anew[flow] * visits.turns_regular[flow]
        keep, outlast = going_on(world, client, setting)
        world.regulars_expected[flow] = (world.regulars_expected[flow] * keep + began) * outlast
    return bound


def visits_for_each(world: World, outcome: Outcome, visits: Visits, flow: Flow, share: float) -> float:
    """Visits to new workers, in the setting wanted and in others, for each contact wanted there."""
    client, setting = flow
    if share <= 0.0:
        return 0.0
    of_moved = total(outcome.room[v] * visits.anew[client, v] for v in world.groups.settings_for(client))
    return outcome.take[setting] * visits.anew[flow] + outcome.elsewhere[setting] * of_moved


def raise_bound(
    world: World, choice: Mapping[Flow, float], outcome: Outcome, visits: Visits, bound: Mapping[Group, float]
) -> Amounts:
    """The bound, and more where more comes about."""
    raised = defaultdict(float, bound)
    for flow, share in choice.items():
        raised[flow[0]] = max(raised[flow[0]], visits_for_each(world, outcome, visits, flow, share))
    return raised


def count_outcome(world: World, outcome: Outcome, offered: Amounts) -> None:
    """Count what was wanted, made, moved to another setting and not met, by setting, and what was paid."""
    counts, now, demand = world.counts, world.now, outcome.demand
    for w in world.groups.settings:
        counts["contacts_sought"][w] += tally(demand[w])
        counts["contacts_moved"][w] += tally(demand[w] * outcome.elsewhere[w])
        counts["contacts_unmet"][w] += tally(demand[w] * max(1.0 - outcome.take[w] - outcome.elsewhere[w], 0.0))
        if demand[w] > 0.0 and offered[w] > 0.0:
            from_others = [outcome.room[w] * demand[v] * outcome.elsewhere[v] for v in world.groups.settings_for(w)]
            met = total([demand[w] * outcome.take[w], *from_others])
            counts["contacts_met"][w] += tally(met)
            paid = met * now.price_level[w] * (demand[w] / offered[w]) ** now.price_response
            counts["price_paid"][w] += tally(paid)


def regular_pairs_together(world: World) -> float:
    """The share of the regular pairs that went on from the last step that were at the same site."""
    here = world.regular_pairs.total()
    everywhere = here + world.regular_apart
    return max(here / everywhere, LEAST_TOGETHER) if everywhere > 0 else 1.0
