"""Arrows of the causal layer: what is refused, when one is in force, and which layers and arrows a run has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from swmodel.arrows import ARROWS
from swmodel.declare import Attr, DeclarationError, Process, process
from swmodel.model import CORE, LAYERS, PROCESSES
from swmodel.pathways import GRADES, Arrow, Graph, check_arrows, graph, in_force
from swmodel.structure import Layer, structure, switched_on


def arrow(exposure: str = "violence_recent", mediator: str = "condom_odds", **given: Any) -> Arrow:
    """An arrow that nothing is wrong with, unless said otherwise."""
    plain: dict[str, Any] = {
        "effect": 0.5, "unit": "odds ratio", "range": (0.1, 1.0), "grade": "weak", "source": "assumption", "doc": "a",
        "onset": "at once", "decay": "slowly",
    }  # fmt: skip
    return Arrow(exposure, mediator, **{**plain, **given})


@process(
    phase="structure",
    attributes=(
        Attr("fear", "f4", 0.0, "lasts"),
        Attr("shame", "f4", 0.0, "lasts"),
        Attr("outings", "f4", 1.0, "relative rate", reset=True),
        Attr("talks", "f4", 1.0, "relative rate", reset=True),
        Attr("count", "u4", 0, "lasts, and is a whole number"),
        Attr("weight", "f4", 0.0, "lasts, and belongs to a pair", table="pairs"),
    ),
    writes=("shame",),
)
def ashamed(lo, hi, outings, shame):  # type: ignore[no-untyped-def]
    """Shame comes of outings."""
    for i in range(lo, hi):
        shame[i] = outings[i]


def refused(message: str, *arrows: Arrow, processes: tuple[Process, ...] = PROCESSES) -> None:
    """The arrows are refused with a message of which this is a part (a pattern)."""
    with pytest.raises(DeclarationError, match=message):
        check_arrows(arrows, processes)


def test_shipped_arrows_pass() -> None:
    """The arrows of the model lead from what lasts to what does not, and count nothing twice. Exact."""
    check_arrows(ARROWS, PROCESSES)
    assert len({one.name for one in ARROWS}) == len(ARROWS)
    assert {one.grade for one in ARROWS} <= set(GRADES)


def test_shipped_effects_of_hiv_are_no_arrows() -> None:
    """No arrow ends in HIV itself: mediators are choices, rates and volumes. Exact."""
    ends = {one.mediator for one in ARROWS}
    assert ends == {
        "violence_rate", "client_violence_rate", "police_rate", "condom_odds", "client_condom_odds", "premium_odds",
        "testing_rate", "linkage_rate", "art_stop_rate", "adherence", "client_volume", "work_volume", "exit_rate",
        "moving_rate", "stigma_ratio", "debt_rate",
    }  # fmt: skip


def test_unknown_ends_are_refused() -> None:
    """The message names the arrow, the nearest name, and what is allowed. Exact."""
    refused(r"violence_recnt -> condom_odds: unknown exposure 'violence_recnt'; did you mean 'violence_recent'\?; "
            r"allowed: bonded, condom_propensity, condoms_taken", arrow("violence_recnt"))  # fmt: skip
    refused(r"unknown mediator 'condom_oods'; did you mean 'condom_odds'\?; allowed: adherence, art_stop_rate",
            arrow(mediator="condom_oods"))  # fmt: skip
    refused(r"unknown exposure 'zzz'; allowed: ", arrow("zzz"))


def test_ends_of_the_wrong_sort_are_refused() -> None:
    """A mediator starts no arrow, what lasts ends none, nor does anything but a number of a person. Exact."""
    refused("'testing_rate' is a mediator; allowed as exposure: .*violence_recent", arrow("testing_rate"))
    refused("'detained' lasts, and a mediator is back at 1 in every step; allowed as mediator: ",
            arrow(mediator="detained"))  # fmt: skip
    refused("'violence_last' is not a number of a person", arrow("violence_last"))  # a date
    for name in ("count", "weight"):
        refused(f"'{name}' is not a number of a person in single precision, from 0 on", arrow(name, "outings"),
                processes=(ashamed,))  # fmt: skip


def test_numbers_of_the_wrong_sort_are_refused() -> None:
    """An effect outside its range, a range that reaches 0, another unit or grade. Exact."""
    refused(r"violence_recent -> condom_odds: effect 1.5 is outside its range, 0.1 to 1.0", arrow(effect=1.5))
    refused("effect 0.05 is outside its range", arrow(effect=0.05))
    refused("effect 0.5 is outside its range, 0.0 to 1.0", arrow(range=(0.0, 1.0)))
    refused("unit 'ratio' is not one of odds ratio, rate ratio", arrow(unit="ratio"))
    refused("grade 'good' is not one of strong, moderate, weak, assumption", arrow(grade="good"))
    for edge in (0.1, 1.0):
        check_arrows([arrow(effect=edge)], PROCESSES)


def test_circles_within_a_step_are_refused() -> None:
    """Arrows that lead back without a process between them are named in order, before their ends are. Exact."""
    refused("in a circle within one step: fear -> outings -> fear", arrow("fear", "outings"), arrow("outings", "fear"))
    refused("circle within one step: fear -> fear", arrow("fear", "fear"))
    refused("fear -> outings -> shame -> fear", arrow("fear", "outings"), arrow("outings", "shame"),
            arrow("shame", "fear"))  # fmt: skip


def test_circles_through_a_process_are_allowed() -> None:
    """Violence brings further violence, one step later. Exact."""
    check_arrows([arrow("shame", "outings")], (ashamed,))
    check_arrows([arrow(mediator="violence_rate", unit="rate ratio")], PROCESSES)


DIRECT, FIRST, SECOND = arrow("fear", "talks"), arrow("fear", "outings"), arrow("shame", "talks")


def test_an_effect_that_counts_twice_is_refused() -> None:
    """A direct arrow beside a longer way to the same end is refused with the way; none is in any order. Exact."""
    way = "the effect of fear -> talks counts twice: it is also carried by fear -> outings -> shame -> talks"
    refused(f"{way}; take one of them out, or declare the arrow net of shame", DIRECT, FIRST, SECOND,
            processes=(ashamed,))  # fmt: skip
    refused(way, SECOND, FIRST, DIRECT, processes=(ashamed,))


def test_an_effect_net_of_the_way_is_allowed() -> None:
    """Declared net of what the longer way passes it stands; of anything else, it does not. Exact."""
    check_arrows([replace(DIRECT, net_of=("shame",)), FIRST, SECOND], (ashamed,))
    refused("counts twice", replace(DIRECT, net_of=("fear",)), FIRST, SECOND, processes=(ashamed,))
    for two in ([DIRECT, FIRST], [DIRECT, SECOND], [FIRST, SECOND]):
        check_arrows(two, (ashamed,))


def test_shipped_nets_are_needed() -> None:
    """Without what it is net of, each arrow that declares it would be refused. Exact."""
    net = [one for one in ARROWS if one.net_of]
    assert len(net) == 13
    for one in net:
        others = [other for other in ARROWS if other is not one]
        refused(f"the effect of {one.label} counts twice", replace(one, net_of=()), *others)
        for left in one.net_of:
            fewer = tuple(name for name in one.net_of if name != left)
            refused(f"the effect of {one.label} counts twice", replace(one, net_of=fewer), *others)


def test_ways_meet_no_node_twice() -> None:
    """Ways lead along arrows, and from a mediator to an exposure through the process that takes it. Exact."""
    made = graph([DIRECT, FIRST, SECOND], (ashamed,))
    assert made.fed == (("outings", "shame", "ashamed"),)
    assert list(made.ways("fear", "talks")) == [("fear", "talks"), ("fear", "outings", "shame", "talks")]
    round_about = Graph((arrow("shame", "outings"),), made.fed)
    assert list(round_about.ways("shame", "shame")) == [("shame", "outings", "shame")]


def test_an_arrow_of_size_one_is_not_in_force() -> None:
    """What the scenario gives counts, else the default; a series or mapping is in force whatever it holds. Exact."""
    one = arrow()
    assert one.name == "violence_recent_to_condom_odds" == one.param.name
    assert in_force(one, {}) and in_force(one, {one.name: 0.7})
    assert not in_force(one, {one.name: 1.0}) and not in_force(one, {one.name: 1})
    assert not in_force(replace(one, effect=1.0), {})
    assert in_force(one, {one.name: {2000: 1.0, 2010: 0.5}})
    assert in_force(one, {"violence_recent_to_testing_rate": 1.0})


SWITCHES = [name for layer in LAYERS for name in layer.switches]
IN_FULL = dict.fromkeys(SWITCHES, 0.5)
BETWEEN = {one.name for one in ARROWS if one.exposure == "violence_recent"}  # of violence, all but to police and debt


def steps_of(**given: Any) -> tuple[set[str], set[str]]:
    """The names of the processes, and of the arrows, of a scenario with these parameters."""
    steps = structure(given, CORE, LAYERS, ARROWS)
    return {s.process.name for s in steps if not s.instance}, {s.instance for s in steps if s.instance}


def test_no_layer_no_step() -> None:
    """A scenario that gives no switch has no layer and no arrow, whatever sizes of arrows it gives. Exact."""
    assert steps_of() == steps_of(violence_recent_to_condom_odds=0.3, peer_outreach=1.0) == (set(), set())
    assert switched_on(LAYERS, {}) == ()


def test_all_layers_have_all_arrows() -> None:
    """With every switch given every process of the layers and every arrow is there, in the order of the page. Exact."""
    steps = structure(IN_FULL, CORE, LAYERS, ARROWS)
    assert [s.process for s in steps if not s.instance] == [one for layer in LAYERS for one in layer.processes]
    assert [s.instance for s in steps if s.instance] == [one.name for one in ARROWS]
    assert {name for s in steps for name in s.aliases.values()} == {e for a in ARROWS for e in (a.exposure, a.mediator)}


@pytest.mark.parametrize("switch", SWITCHES)
def test_layers_are_independent(switch: str) -> None:
    """One switch brings the processes of its layer and who trades, and nothing of another layer. Exact.

    Of arrows, those both of whose ends the layer or the core declares.
    """
    (layer,) = (one for one in LAYERS if switch in one.switches)
    on = switched_on(LAYERS, {switch: 0.0})  # none of it is a size, too
    assert [one.name for one in on] == ["anything", layer.name]
    processes, arrows = steps_of(**{switch: 0.0})
    assert processes == {"who_trades", *(one.name for one in layer.processes)}
    there = {a.name for one in (*CORE, *layer.processes) for a in one.attributes}
    assert arrows == {one.name for one in ARROWS if {one.exposure, one.mediator} <= there}
    own = {a.name for one in layer.processes for a in one.attributes}
    others = {a.name for other in LAYERS if other is not layer for one in other.processes for a in one.attributes}
    assert not own & others and not there & others


def test_violence_alone_has_no_police() -> None:
    """Neither their process nor their attributes and counters, nor an arrow that starts or ends there. Exact."""
    steps = structure({"violence_hazard": 0.5}, CORE, LAYERS, ARROWS)
    assert {s.process.name for s in steps} == {"who_trades", "recall_violence", "violence", "assaults", "forced_sex",
                                              "histories_of_violence", "carry"}  # fmt: skip
    names = {a.name for s in steps for a in s.attributes()} | {c.name for s in steps for c in s.process.counters}
    assert not [name for name in names if "police" in name and name != "police_violence_rate"]
    assert not names & {"arrests", "detained", "condoms_taken", "time_detained"}
    assert {s.aliases["exposure"] for s in steps if s.instance} == {"violence_recent"}
    assert {s.instance for s in steps if s.instance} == BETWEEN


def test_an_arrow_without_one_of_its_ends_is_left_out() -> None:
    """From an exposure that is not in the run, or to a mediator that is not; with both ends it is there. Exact."""
    both = {"police_contact": 1.0, "violence_hazard": 1.0}
    for given in ({"police_contact": 1.0}, {"violence_hazard": 1.0}):
        assert "police_recent_to_violence_rate" not in steps_of(**given)[1]
    assert "police_recent_to_violence_rate" in steps_of(**both)[1]
    assert "police_recent_to_testing_rate" in steps_of(police_contact=1.0)[1]  # the core has that end
    assert "member_to_debt_rate" not in steps_of(peer_spread=1.0)[1]
    assert "member_to_debt_rate" in steps_of(peer_spread=1.0, dependants=1.0)[1]
    off = steps_of(**both, police_recent_to_violence_rate=1.0)[1]
    assert "police_recent_to_violence_rate" not in off and "violence_recent_to_violence_rate" in off


def test_arrows_of_an_extension_need_their_ends_too() -> None:
    """An end that a process of an extension declares counts as there, as the core does. Exact."""
    layers = (Layer("fear", ("fearful",), (ashamed,)),)
    one, away = arrow("fear", "talks"), arrow("fear", "condom_odds")
    assert [s.instance for s in structure({"fearful": 1}, (), layers, [one, away])] == ["", one.name]
    assert [s.instance for s in structure({"fearful": 1}, CORE, layers, [one, away])] == ["", one.name, away.name]
    outside = arrow("violence_recent", "talks")
    given = {"violence_hazard": 1.0}
    assert outside.name not in [s.instance for s in structure(given, CORE, LAYERS, [outside])]
    assert outside.name in [s.instance for s in structure(given, (*CORE, ashamed), LAYERS, [outside])]
