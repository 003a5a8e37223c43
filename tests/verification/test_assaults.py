"""Acts that police, managers and others force, in whole runs: each is laid on a man, and passes HIV as an act does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from swmodel import codes
from verification.whole import begin, rows

ALPHA, RISK = 1e-4, 0.01
ONLY_ASSAULTS = {
    "sex_worker_share": {"street": 1.0}, "start_hiv": 1.0, "violence_hazard": {"police": {"sex_workers": 12.0}},
    "sexual_share": 1.0, "stage_risk": {"susceptible": 0.0, "all": 1.0}, "frailty_shape": 1000.0,
    "condom_efficacy": 1.0, "condom_use": 1.0, "risk_per_act": RISK, "anal_share": 0.0, "growth_rate": 0.0,
}  # fmt: skip


@pytest.mark.case("22")
@pytest.mark.parametrize("who", ["police", "manager", "other"])
def test_every_forced_act_is_laid_on_a_man(who: str) -> None:
    """In every step as many pairs are forced as acts, each of one act without a condom, and all end with it. Exact.

    3,000 people, 24 steps; those by clients and partners lie in other pairs. Planted: one in ten forced
    acts is laid on nobody.
    """
    given = {**ONLY_ASSAULTS, "sex_worker_share": {"street": 0.1}, "manager_control": 1.0, "violence_hazard":
             {who: {"sex_workers": 6.0}}}  # fmt: skip
    run = begin(11, 3000, 2.0, **given).run()
    acts = run.count("forced_acts")[:, codes.PERPETRATORS.index(who)]
    assert acts.sum() > 500 and acts.sum() == run.count("forced_acts").sum()
    for name in ("pairs_now", "pairs_ended"):
        assert np.array_equal(run.count(name)[:, codes.FORCED_ACT], acts)
    assert np.array_equal(run.count("acts")[:, codes.FORCED_ACT], acts.astype(float))
    assert np.array_equal(run.count("assaults_laid").sum(axis=1), acts)
    assert not run.count("condom_acts")[:, codes.FORCED_ACT].any()


@pytest.mark.case("22")
def test_a_forced_act_passes_hiv_as_an_act_without_a_condom() -> None:
    """Where all men live with HIV and nothing else happens, n forced acts infect with chance 1 - exp(-n risk).

    The number infected is a sum of Bernoulli variables, given how often each person suffered; normal, alpha 1e-4. About
    1,000 people and 24 acts each: power 0.99 at a risk 15 % off. Planted: forced acts of others have
    condoms like casual ones.
    """
    run = begin(12, 10000, 2.0, initial_prevalence={"men": 1.0, "all": 0.0}, **ONLY_ASSAULTS).run()
    group, alive, suffered, infected, kind = rows(
        run, "group", "alive", "violence_times", "infected_step", "source_kind"
    )
    works = alive & (run.layout.tables["role_of"][group] == codes.WORKER)
    chance = 1.0 - np.exp(-RISK * suffered[works])
    spread = np.sqrt((chance * (1.0 - chance)).sum())
    assert works.sum() > 800 and suffered[works].mean() > 15
    z = ((infected[works] >= 0).sum() - chance.sum()) / spread
    assert 2.0 * stats.norm.sf(abs(z)) > ALPHA
    assert set(kind[works & (infected >= 0)].tolist()) == {codes.FORCED_ACT}
    by_kind = run.count("infections_by_kind").sum(axis=0)
    assert by_kind[codes.FORCED_ACT] == by_kind.sum() == run.count("infections").sum()
