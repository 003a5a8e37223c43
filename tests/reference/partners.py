"""Women look for steady and casual partners, form pairs with men who are free and willing, and pairs end."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter

from reference.philox import WORD, whole_steps
from reference.world import Pair, Person, World
from swmodel import codes

STEADY = (codes.SPOUSE, codes.OWN_PARTNER)
CASUAL = (codes.CASUAL,)
BLOCKS = 3  # of two men each that a woman meets before she goes without until the next step

Search = tuple[Person, bool]  # a woman, and True if she looks for a steady partner


def count_partners(pairs: list[Pair], kinds: tuple[int, ...]) -> Counter[int]:
    """How many partners of these kinds everybody has, by uid."""
    return Counter(person.uid for pair in pairs if pair.kind in kinds for person in (pair.woman, pair.man))


def seek_partners(world: World) -> list[Search]:
    """Who looks for a partner, in the order of uids: women whose clock has run out, until they find somebody.

    Only women without a steady partner look for one. At the start, many look at once, so that pairs are there.
    """
    now, chance, searches = world.now, world.chance("seeking_partners"), []
    steady_partners = count_partners(world.pairs, STEADY)
    casual_partners = count_partners(world.pairs, CASUAL)
    for woman in world.women():
        single = steady_partners[woman.uid] == 0
        steady_rate = now.steady_rate[woman.group] if single else 0.0
        wants_steady = woman.clocks["steady_clock"].runs_out(steady_rate * world.dt) and single
        wants_casual = woman.clocks["casual_clock"].runs_out(now.casual_rate[woman.group] * world.dt)
        wants_casual = wants_casual and casual_partners[woman.uid] < now.casual_limit
        if world.step == 0 and chance.uniform(woman.uid, draw=1) < now.steady_at_start[woman.group]:
            wants_steady = True
        searches += [(woman, True)] if wants_steady else []
        searches += [(woman, False)] if wants_casual else []
    return sorted(searches, key=lambda search: search[0].uid)


def form_pairs(world: World, searches: list[Search]) -> None:
    """Each woman who looks meets a few men of about the age she looks for, and takes the first who is free."""
    chance = world.chance("partnerships")
    for woman, steady in searches:
        man = find_man(world, woman, steady)
        if man is None:
            world.counts["unmatched"][woman.group] += 1
            continue
        kind = codes.CASUAL
        if steady:
            kind = codes.OWN_PARTNER if woman.sells_sex else codes.SPOUSE
        u = chance.uniform(woman.uid, man.uid, occasion(world, steady), BLOCKS)
        until = world.step + whole_steps(world.now.pair_duration[kind], world.dt, u)
        world.pairs.append(Pair(woman, man, kind, until))
        clock = woman.clocks["steady_clock" if steady else "casual_clock"]
        clock.left = (0.0 if steady else clock.left) + chance.exponential(woman.uid, 0, occasion(world, steady), 1)


def find_man(world: World, woman: Person, steady: bool) -> Person | None:
    """The first man drawn, among those of the age she looks for, who is there, free and willing."""
    numbers = men_of_age(world, age_sought(world, woman, steady))
    if len(numbers) == 0:
        return None
    partners = count_partners(world.pairs, STEADY if steady else CASUAL)
    for block in range(BLOCKS):
        a, b, c, d = world.chance("partnerships").words(woman.uid, 1, occasion(world, steady), block)
        for draw, accept in ((a, b), (c, d)):
            number = numbers[draw * len(numbers) >> 32]
            man = world.people.get(2 * number + codes.MALE)
            if man is not None and is_free(world, man, steady, partners[man.uid], accept * WORD):
                return man
    return None


def occasion(world: World, steady: bool) -> int:
    """A number for each search a woman may make: two a step."""
    return 2 * world.step + (1 if steady else 0)


def age_sought(world: World, woman: Person, steady: bool) -> float:
    """The age of the man a woman looks for: hers, the gap usual for the kind of pair, and chance."""
    now, chance = world.now, world.chance("partnerships")
    age = world.age(woman) + (now.age_gap if steady else now.age_gap_casual)
    age += now.age_gap_spread * chance.normal(woman.uid, 0, occasion(world, steady))
    return min(max(age, codes.ADULT_AGE + 0.5), now.leave_age - 0.5)


def men_of_age(world: World, age: float) -> range:
    """The numbers of the men up to half a year older or younger, to the month; some may have died or left since.

    Men are numbered by date of birth.
    """
    births = world.plan.births_of_men
    first = math.floor(world.times[0] - world.now.leave_age) - 1.0  # a date before any birth
    month = int((world.time - age - first) * 12)
    return range(bisect_left(births, first + (month - 6) / 12), bisect_left(births, first + (month + 6) / 12))


def is_free(world: World, man: Person, steady: bool, partners: int, u: float) -> bool:
    """A man takes one steady partner, or two if he may; casual partners up to a limit, by his group's activity."""
    if steady:
        return partners < (2 if man.polygynous else 1)
    activity = world.now.male_activity
    return partners < world.now.casual_limit and u * max(activity) < activity[man.group]


def end_pairs(world: World) -> None:
    """Pairs end on their date or with either partner; regular pairs also when she stops selling, or he buying."""
    world.pairs = [pair for pair in world.pairs if not ends(world, pair)]


def ends(world: World, pair: Pair) -> bool:
    """True if the pair does not last into the next step."""
    if pair.until <= world.step + 1:
        return True
    if pair.woman.uid not in world.people or pair.man.uid not in world.people:
        return True
    return pair.kind == codes.REGULAR_CLIENT and not pair.trades
