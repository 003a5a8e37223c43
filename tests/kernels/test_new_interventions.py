"""What each intervention on what weighs on people does to those it reaches, factor by factor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from kernels.by_name import Result, call
from swmodel.interventions.community_empowerment import community_empowerment
from swmodel.interventions.demand_reduction import demand_reduction
from swmodel.interventions.oral_prep import oral_prep
from swmodel.model import INTERVENTIONS

EARLIER = {"condom_programme", "testing_outreach", "art_support", "oral_prep", "violence_reduction", "policing"}
# By kind: parameter -> the array that it multiplies. Those of which the effect is another have a test of their own.
MULTIPLIES: Mapping[str, Mapping[str, str]] = {
    "alcohol_counselling": {"drinking_odds_ratio": "drinking_odds"},
    "anti_trafficking": {"coercion_share_ratio": "coercion_ratio", "release_ratio": "release_rate"},
    "community_empowerment": {},
    "condom_shortage": {"shortage_condom_odds": "condom_odds"},
    "cultural_mediation": {"papers_share_ratio": "papers_ratio"},
    "demand_reduction": {},
    "displacement": {"moving_ratio": "moving_rate"},
    "economic_support": {
        "need_level_ratio": "need_ratio", "shock_hazard_ratio": "shock_rate", "debt_hazard_ratio": "debt_rate",
        "repaying_ratio": "repaying_rate",
    },
    "exit_support": {"leaving_hazard_ratio": "exit_rate"},
    "female_condoms": {"female_condom_odds": "client_condom_odds"},
    "livelihoods": {"start_hazard_ratio": "start_rate"},
    "peer_outreach": {
        "outreach_condom_odds": "client_condom_odds", "outreach_testing_ratio": "testing_rate",
        "outreach_linkage_ratio": "linkage_rate",
    },
    "services": {
        "services_testing_ratio": "testing_rate", "services_linkage_ratio": "linkage_rate",
        "services_stop_ratio": "art_stop_rate", "services_adherence_ratio": "adherence",
    },
    "stigma_reduction": {"stigma_share_ratio": "stigma_ratio"},
    "venue_agreement": {"agreement_condom_odds": "client_condom_odds"},
}  # fmt: skip
OWN = {"community_empowerment", "demand_reduction"}
KINDS = pytest.mark.parametrize("kind", MULTIPLIES)
EACH = pytest.mark.parametrize(("kind", "name"), [(k, n) for k, names in MULTIPLIES.items() for n in names])


def apply(kind: str, **given: object) -> Result:
    """The effect on three people, of whom the second is not reached, with every parameter 1 unless said otherwise."""
    effect = INTERVENTIONS[kind]
    return call(effect, covered=[1, 0, 1], **{p.name: 1.0 for p in effect.params} | given)


def test_every_intervention_is_here() -> None:
    """The table has every intervention but those that other tests have, with its parameters and what it writes."""
    assert set(MULTIPLIES) == set(INTERVENTIONS) - EARLIER and len(MULTIPLIES) == 15
    for kind in set(MULTIPLIES) - OWN:
        effect = INTERVENTIONS[kind]
        assert [p.name for p in effect.params] == list(MULTIPLIES[kind])
        assert list(effect.writes) == list(MULTIPLIES[kind].values())
        assert effect.counters == effect.attributes == () and effect.phase == "programmes"


@EACH
def test_a_parameter_multiplies_its_factor(kind: str, name: str) -> None:
    """What is there times the parameter, for those reached, and nothing else for anybody. Exact.

    At both ends of its range, and at 0.75 or 1.25, if that is in it.
    """
    (param,) = (p for p in INTERVENTIONS[kind].params if p.name == name)
    factor = MULTIPLIES[kind][name]
    for size in {*param.range, *(x for x in (0.75, 1.25) if param.range[0] <= x <= param.range[1])} - {1.0}:
        result = apply(kind, **{name: size, factor: [0.5, 3.0, 2.0]})
        expected = (np.array([0.5, 3.0, 2.0], np.float32) * np.array([size, 1.0, size])).astype(np.float32)
        assert getattr(result, factor).tolist() == expected.tolist()
        assert result.touched == {factor} and result.changed(factor) == [0, 2]


@KINDS
def test_a_size_of_one_changes_nothing(kind: str) -> None:
    """With every ratio at 1, or an invitation at a rate of 0, nobody changes; nor does who is not reached. Exact."""
    neutral = {"invitation_rate": 0.0} if kind == "community_empowerment" else {}
    assert apply(kind, **neutral).touched == set()
    assert call(INTERVENTIONS[kind], covered=[0, 0, 0]).touched == set()


@KINDS
def test_defaults_lie_in_their_ranges_and_say_what_they_are(kind: str) -> None:
    """Each parameter has a source and a default in its range, of which 1 is neither below nor above. Exact."""
    for param in INTERVENTIONS[kind].params:
        low, high = param.range
        assert low <= param.default <= high and low <= 1.0 <= high and param.source and param.doc


def test_invitations_add_up() -> None:
    """Of two organisations both invite: hazards add, they do not multiply. Exact."""
    first = call(community_empowerment, covered=[1, 0], invitation_rate=1.5)
    assert first.invitations.tolist() == [1.5, 0.0] and first.touched == {"invitations"}
    second = call(community_empowerment, covered=[1, 1], invitation_rate=0.5, **first.written)
    assert second.invitations.tolist() == [2.0, 0.5]


def test_visits_that_are_given_up_are_made_elsewhere_in_part() -> None:
    """1 - (1 - ratio) x (1 - share that moves), on what is there. Exact."""
    for ratio, moved in ((0.5, 0.0), (0.5, 0.5), (0.5, 1.0), (0.0, 0.25), (1.5, 0.5)):
        result = call(demand_reduction, covered=[1, 0], client_volume=2.0, visit_ratio=ratio, moved_share=moved)
        assert result.client_volume.tolist() == [2.0 * (1.0 - (1.0 - ratio) * (1.0 - moved)), 2.0]
    assert call(demand_reduction, covered=[1]).client_volume == pytest.approx([0.925], rel=1e-7)


def test_prep_protects_by_adherence() -> None:
    """What weighs on somebody multiplies adherence, which is 1 at most. Exact."""
    given = {"prep_efficacy": 0.5, "prep_adherence": 0.75, "covered": [1, 1, 1, 0]}
    result = call(oral_prep, adherence=[1.0, 0.5, 4.0, 0.5], **given)
    assert result.susceptibility.tolist() == [0.625, 0.8125, 0.5, 1.0]
    assert result.on_prep.tolist() == [1, 1, 1, 0]
