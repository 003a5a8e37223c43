"""People look for steady and casual partners, form pairs with men who are free and willing, and pairs end."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass

from reference.expected import Block, whom_one_meets
from reference.groups import Kind
from reference.philox import WORD, Stream, single, tally, whole_steps
from reference.world import Pair, Person, World
from swmodel import codes

BLOCKS = 2  # of four men each that somebody meets before she goes without until the next step
MORE_BLOCKS = 8  # for who looks for somebody like herself
ON_THE_DURATION = 8  # the draw of a search that says how long the pair lasts: none that says who is met


@dataclass(frozen=True)
class Search:
    """Somebody who looks for a steady partner, or for a casual one."""

    seeker: Person
    steady: bool

    @property
    def form(self) -> int:
        """The form of the pair wanted."""
        return codes.STEADY if self.steady else codes.CASUAL


def count_partners(pairs: list[Pair], form: int) -> Counter[int]:
    """How many partners in pairs of a form everybody has, by uid."""
    return Counter(person.uid for pair in pairs if pair.kind.form == form for person in (pair.one, pair.other))


def seek_partners(world: World) -> list[Search]:
    """Who looks for a partner, by uid, in every other step from the last to the first: those whose clock has run out.

    Women, trans women and men who have sex with men look; other men are found. Only who has no steady partner looks for
    one. At the start, many look at once, so that pairs are there.
    """
    now, chance, searches = world.now, world.chance("seeking_partners"), []
    steady_partners = count_partners(world.pairs, codes.STEADY)
    casual_partners = count_partners(world.pairs, codes.CASUAL)
    for person in sorted(world.people.values(), key=lambda person: person.uid, reverse=world.step % 2 == 1):
        if person.group.population == codes.MEN:
            continue
        single = steady_partners[person.uid] == 0
        steady_rate = now.steady_rate[person.group] if single else 0.0
        wants_steady = person.clocks["steady_clock"].runs_out(steady_rate * world.dt) and single
        casual_rate = now.casual_rate[person.group] * now.casual_age_ratio[band_of(world.time - person.birth)]
        world.counts["casual_due"][person.group] += tally(casual_rate * world.dt)
        wants_casual = person.clocks["casual_clock"].runs_out(casual_rate * world.dt)
        wants_casual = wants_casual and casual_partners[person.uid] < now.casual_limit[person.group]
        if world.step == 0 and chance.uniform(person.uid, draw=1) < now.steady_at_start[person.group]:
            wants_steady = True
        searches += [Search(person, steady=True)] if wants_steady else []
        searches += [Search(person, steady=False)] if wants_casual else []
    return searches


def band_of(age: float) -> int:
    """The place of an age among the bands, by the youngest age of each."""
    return sum(age >= youngest for youngest in codes.AGE_FROM[1:])


def form_pairs(world: World, searches: list[Search]) -> None:
    """Each who looks meets a few men of about the age looked for, and takes the first who is free."""
    meets = {search.seeker.group: whom_one_meets(world, search.seeker.group) for search in searches}
    partners = {form: count_partners(world.pairs, form) for form in (codes.STEADY, codes.CASUAL)}
    for search in searches:
        seeker, so_far = search.seeker, partners[search.form]
        if was_found(world, search, so_far[seeker.uid]):
            continue
        kind = world.groups.kind(search.form, seeker.group)
        man = find_man(world, search, kind, meets[seeker.group], so_far)
        if man is None:
            go_without(world, search)
        else:
            world.pairs.append(pair_up(world, search, kind, man))
            so_far.update((seeker.uid, man.uid))


def was_found(world: World, search: Search, partners: int) -> bool:
    """True for somebody who was found by others in this step, and is content with that."""
    seeker = search.seeker
    if search.steady and partners > 0:
        clock, when = seeker.clocks["steady_clock"], occasion(world, search)
        clock.left = world.chance("partnerships").exponential(seeker.uid, 0, when, 1)
        return True
    return not search.steady and partners >= world.now.casual_limit[seeker.group]


def go_without(world: World, search: Search) -> None:
    """Nobody was found: somebody who wants a casual partner looks on, who wants a steady one does so after a while."""
    seeker = search.seeker
    world.counts["unmatched"][seeker.group] += 1
    if search.steady:
        wait = world.chance("partnerships").exponential(seeker.uid, 0, occasion(world, search), 3)
        # As much hazard as passes in that time.
        seeker.clocks["steady_clock"].left = wait * world.now.steady_rate[seeker.group] * world.now.search_again


def pair_up(world: World, search: Search, kind: Kind, man: Person) -> Pair:
    """Two people become a pair, and the one who looked for it waits before looking again."""
    seeker, steps = search.seeker, steps_of_pair(world, search, kind, man)
    clock, wait = seeker.clocks["steady_clock" if search.steady else "casual_clock"], occasion(world, search)
    # Casual partners come at a rate, whatever the search took; a steady one is looked for anew once this ends.
    clock.left = (0.0 if search.steady else clock.left) + world.chance("partnerships").exponential(
        seeker.uid, 0, wait, 1
    )
    seeker.steady_times += search.steady
    world.counts["pairs_formed"][kind] += 1
    world.counts["pair_years"][kind] += tally(steps * world.dt)
    world.counts["age_gaps"][kind] += tally(seeker.birth - man.birth)
    propensity = single(seeker.condom_propensity * man.condom_propensity)
    return Pair(seeker, man, kind, world.step, world.step + steps, propensity)


def steps_of_pair(world: World, search: Search, kind: Kind, man: Person) -> int:
    """How many steps a pair lasts: exponential, or gamma of another shape than 1, and in whole steps by chance."""
    chance, uid, when = world.chance("partnerships"), search.seeker.uid, occasion(world, search)
    mean, shape = world.now.pair_duration[kind], world.now.duration_shape[kind]
    u = chance.uniform(uid, man.uid, when, ON_THE_DURATION)
    if shape == 1.0:
        return whole_steps(mean, world.dt, u)
    of_this_pair = Stream(chance.key ^ man.uid << 32 ^ when)
    return max(1, int(mean * of_this_pair.gamma(uid, ON_THE_DURATION, shape) / world.dt + u))


def find_man(
    world: World, search: Search, kind: Kind, meets: list[tuple[Block, float]], partners: Counter[int]
) -> Person | None:
    """The first man drawn, among those of the age looked for, who is there, fits, and is free and willing."""
    chance, seeker, when = world.chance("partnerships"), search.seeker, occasion(world, search)
    sort_of_man = world.now.assortativity[kind]
    alike = sort_of_man > 0.0 and chance.uniform(seeker.uid, 0, when, 2) < sort_of_man
    age = age_sought(world, search, kind)
    for block in range(MORE_BLOCKS if alike else BLOCKS):
        for word in chance.words(seeker.uid, 1, when, block):
            man, says = draw_man(world, meets, age, (word + 0.5) * WORD)
            if man is None or man is seeker or not fits(seeker, man):
                continue
            if alike and man.group.in_market != seeker.group.in_market:
                continue
            if is_free(world, man, search.steady, partners[man.uid], says):
                return man
    return None


def occasion(world: World, search: Search) -> int:
    """A number for each search that somebody may make: two a step."""
    return 2 * world.step + (1 if search.steady else 0)


def age_sought(world: World, search: Search, kind: Kind) -> float:
    """The age of the man somebody looks for: one's own, the gap usual for the kind of pair, and chance.

    Who finds nobody goes on to look for a steady partner of the same age, so that pairs have the ages asked for.
    """
    now, seeker = world.now, search.seeker
    taste = seeker.steady_times if search.steady else world.step
    u = world.chance("partnerships").normal(seeker.uid, taste, int(search.steady), 9)
    age = world.age(seeker) + now.age_gap[kind] + now.age_gap_spread[kind] * u
    return min(max(age, codes.ADULT_AGE + 0.5), now.leave_age - 0.5)


def draw_man(world: World, meets: list[tuple[Block, float]], age: float, u: float) -> tuple[Person | None, float]:
    """The man of about an age whom a number from 0 to 1 leads to, if he is there; and how ready he is, from 0 to 1.

    One number says all three: of which block he is, which of those of the age, and what is left of it.
    """
    place = next((k for k, (_, so_far) in enumerate(meets) if u < so_far), None)
    if place is None:  # nobody is expected at the site
        return None, 0.0
    block, so_far = meets[place]
    below = meets[place - 1][1] if place > 0 else 0.0
    numbers = numbers_of_age(world, block, age)
    if len(numbers) == 0:
        return None, 0.0
    where = (u - below) / (so_far - below) * len(numbers)
    chosen = min(int(where), len(numbers) - 1)
    number = world.plan.first_number[block] + numbers[chosen]
    return world.people.get(2 * number + codes.MALE), where - chosen


def numbers_of_age(world: World, block: Block, age: float) -> range:
    """Of the people of a block, those up to half a year older or younger, to the month; some may have left since.

    They are numbered by date of birth.
    """
    births = world.plan.births[block]
    first = math.floor(world.times[0] - world.now.leave_age) - 1.0  # a date before any birth
    month = int((world.time - age - first) * 12)
    return range(bisect_left(births, first + (month - 6) / 12), bisect_left(births, first + (month + 6) / 12))


def fits(seeker: Person, man: Person) -> bool:
    """True if the two are at the same site, and he has partners such as the one who looks."""
    if man.group.site != seeker.group.site:
        return False
    return seeker.group.population != codes.WOMEN or not man.has_sex_with_men or man.bisexual


def is_free(world: World, man: Person, steady: bool, partners: int, u: float) -> bool:
    """A man takes one steady partner, or two if he may; casual partners up to a limit, by his group's activity."""
    if steady:
        return partners < (2 if man.polygynous else 1)
    activity = world.now.male_activity
    return partners < world.now.casual_limit[man.group] and u * max(1.0, *activity) < activity[man.group]


def end_pairs(world: World) -> None:
    """Pairs end on their date, with either partner, or with what they share; some regular ones go on."""
    world.regular_pairs.clear()
    world.regular_apart = 0
    last = []
    for pair in world.pairs:
        if ends(world, pair):
            world.counts["pairs_ended"][pair.kind] += 1
            world.counts["years_ended"][pair.kind] += tally((world.step + 1 - pair.since) * world.dt)
            continue
        last.append(pair)
        if pair.kind.form == codes.REGULAR and pair.together:
            world.regular_pairs[pair.other.group, pair.one.group] += 1
        elif pair.kind.form == codes.REGULAR:
            world.regular_apart += 1
    world.pairs = last


def ends(world: World, pair: Pair) -> bool:
    """True if the pair does not last into the next step."""
    if pair.until <= world.step + 1:
        return True
    if pair.one.uid not in world.people or pair.other.uid not in world.people:
        return True
    if pair.kind.form == codes.NEEDLE:
        return not (pair.one.injects and pair.other.injects)
    return pair.kind.form == codes.REGULAR and not pair.in_market
