"""Tables that start too small and grow on the way: the same record, the same contents, and arrays bound anew."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swmodel.engine
from swmodel.binding import NO_ROWS, Step
from swmodel.declare import Attr, DeclarationError, Roll, process
from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target
from swmodel.state import FREE, Table

SETTINGS = {
    "cotonou": Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml",
    "place": Path(__file__).parent / "place.yaml",  # two sites, occupations, visitors, men and trans women, needles
}
EVERYWHERE = pytest.mark.parametrize("where", SETTINGS)
SEED = 41
STEPS = 72


@cache
def small(where: str) -> Scenario:
    """3,000 people for six years, PrEP that people join and leave; Cotonou with more sex work and HIV than it had."""
    scenario = load(SETTINGS[where], people=3000)
    changed: dict[str, float] = {}
    if where == "cotonou":
        changed = {"initial_prevalence": 0.1, "sex_worker_share": 0.02, "client_visits": 60.0, "risk_per_act": 0.003}
    first, last = scenario.start + 2.0, scenario.start + STEPS / 12
    lever = Lever("prep", "oral_prep", first, last, Target(scenario.layout.group_names), uptake=1.0, dropout=0.4)
    return replace(scenario, stop=last, parameters={**scenario.parameters, **changed}, levers=(lever,))


def engine(where: str = "cotonou", **options: Any) -> Engine:
    """An engine that has not run yet."""
    return Engine(small(where), contents(small(where)), SEED, **options)


@cache
def roomy(where: str = "cotonou") -> Engine:
    """The run whose tables never have to grow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(swmodel.engine, "ROOM", 40)
        return engine(where).run()


def same_state(a: Engine, b: Engine) -> bool:
    """True if both tables hold the same bits in the rows that were ever in use, and the same free rows."""
    tables = ((a.people.frozen(), b.people.frozen()), (a.pairs.frozen(), b.pairs.frozen()))
    return all(x[name].tobytes() == y[name].tobytes() for x, y in tables for name in x)


@EVERYWHERE
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("room", [0, 1])
def test_tables_that_grow(room: int, threads: int, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables with room for 256 people, or for as many as there are at the start, give the record of roomy ones.

    Exact; 3,000 people, 72 steps; the roomy tables never grew, the small ones did, within a step and between steps.
    """
    monkeypatch.setattr(swmodel.engine, "ROOM", room)
    run, base = engine(where, threads=threads, chunk=64), roomy(where)
    capacity, versions = run.people.capacity, []
    run.run(watch=lambda one: versions.append(one.version))
    assert base.version == 2 and base.people.capacity == 40 * 3000 + 256
    assert capacity == room * 3000 + 256 and run.people.capacity > capacity
    assert versions[-1] > versions[0] or room == 0  # at room 1 a table grew after the first step
    assert np.array_equal(run.record, base.record)
    assert same_state(run, base)


@EVERYWHERE
def test_growth_between_steps(where: str) -> None:
    """Both tables grown before every step, by one row or more, give the record of roomy ones. Exact; n = 72 steps."""
    run = engine(where)
    for _ in range(STEPS):
        run.people.grow(run.people.capacity + 1)
        run.pairs.grow(run.pairs.capacity + 7)
        run.advance()
    assert run.version == 2 * STEPS + 2
    assert np.array_equal(run.record, roomy(where).record)
    assert same_state(run, roomy(where))


@EVERYWHERE
def test_growth_and_a_checkpoint(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run saved from tables that grew goes on in tables that are too small for it. Exact; n = 72 steps."""
    run = engine(where).run(until=small(where).start + 3)
    run.people.grow(5 * run.people.capacity)
    run.save(tmp_path / "half.npz")
    monkeypatch.setattr(swmodel.engine, "ROOM", 0)
    resumed = engine(where).load(tmp_path / "half.npz").run()
    assert np.array_equal(resumed.record, roomy(where).record)
    assert same_state(resumed, roomy(where))


def test_contents_are_kept() -> None:
    """Growing keeps every value, the book and the free rows, and makes new arrays; shrinking does nothing. Exact."""
    attributes = [Attr("a", "f8", 1.0, ""), Attr("clock", "f8", 0.0, "", clock=True), Attr("b", "i1", -1, "")]
    table = Table("people", attributes, 10, seed=1)
    rows = table.reserve(8)
    table.arrays["a"][rows] = np.arange(8)
    table.release(rows, 6)  # rows 6 and 7 are free
    before, old = table.frozen(), dict(table.arrays)
    table.grow(1000)
    assert table.capacity == 1000 and table.version == 2
    assert all(np.array_equal(value, before[name]) for name, value in table.frozen().items())
    assert all(len(table.arrays[name]) == 1000 and not np.shares_memory(table.arrays[name], old[name]) for name in old)
    taken = table.reserve(5)
    assert taken.tolist() == [6, 7, 8, 9, 10]  # the free rows first
    assert table.arrays["a"][:11].tolist() == [0, 1, 2, 3, 4, 5, 1, 1, 1, 1, 1]
    assert (table.arrays["b"][taken] == -1).all() and table.book[FREE] == 0
    table.grow(20)
    assert table.capacity == 1000 and table.version == 2
    table.reserve(2000)
    assert table.capacity >= 2011 and table.arrays["a"][:6].tolist() == [0, 1, 2, 3, 4, 5]


def test_arrays_are_bound_anew() -> None:
    """After growth every kernel holds the new arrays, and may write those that it declared, and no other. Exact."""
    run = engine().run(until=1988)
    run.people.grow(3 * run.people.capacity)
    run.pairs.grow(3 * run.pairs.capacity)
    run.advance()  # one step only: with arrays that are not the table's, more of them could crash instead of failing
    looked_at = 0
    for call in (one for one in run.calls if one.active[run.step - 1]):
        for argument, place in call.place.items():
            name = call.step.own(argument)
            for table in (run.people, run.pairs):
                if name in table.arrays and argument not in run.rolls:
                    bound, looked_at = call.args[place], looked_at + 1
                    assert np.shares_memory(bound, table.arrays[name]) and len(bound) == table.capacity
                    assert bound.flags.writeable == (argument in call.process.writes), (call.step.label(), argument)
    assert looked_at > 150


@process(phase="progression", writes=("force",))
def careless(lo, hi, force, hiv_stage):
    """Writes one array that it declares and one that it does not."""
    for i in range(lo, hi):
        force[i] = 0
        hiv_stage[i] = 0


@process(phase="movement", over="step", rolls=(Roll("everybody", "rows of all people"),))
def call_the_roll(n_people, alive, everybody):
    """Everybody who is there, in the order of the rows."""
    count = 0
    for i in range(n_people):
        everybody[count] = i
        count += alive[i]
    return count


def test_a_write_that_is_not_declared_is_refused_after_growth() -> None:
    """A kernel that first runs after tables have grown is not let write what it did not declare. Exact; n = 1."""
    run = Engine(small("cotonou"), [*contents(small("cotonou")), Step(careless, start=1985.9)], SEED).run(until=1985.5)
    run.people.grow(2 * run.people.capacity)
    with pytest.raises(DeclarationError, match=r"'careless' writes an array that it does not list .*\(force\)"):
        run.run()
    assert run.step == 11 and run.people.arrays["hiv_stage"].any()


def test_rolls_have_room_after_growth(monkeypatch: pytest.MonkeyPatch) -> None:
    """A roll of everybody holds everybody, however the table grew. Exact; 3,000 people, 72 steps."""
    monkeypatch.setattr(swmodel.engine, "ROOM", 0)
    run = Engine(small("cotonou"), [*contents(small("cotonou")), Step(call_the_roll)], SEED)
    assert run.rolls["everybody"] is NO_ROWS
    sizes: list[int] = []
    run.run(watch=lambda one: sizes.append(len(one.rolls["everybody"])))
    leaving = run.count("departures").sum(axis=1)
    assert np.array_equal(sizes, run.count("people").sum(axis=1) + leaving)
    assert np.array_equal(run.record, roomy().record)
