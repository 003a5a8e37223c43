"""Who is found by whom: by site, population, what they do in the market, and within limits."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.by_name import DT, WIDE
from kernels.matches import AGE, CASUAL, KEY, LOOKS, STEADY, STEP, born, meet
from swmodel import codes, rng
from swmodel.search import BLOCKS, MORE_BLOCKS


@pytest.mark.parametrize("seeker", ["women@lake", "bar@lake", "former_fsw@lake"])
def test_women_meet_men_at_their_site(seeker: str) -> None:
    """Men of either occupation, buying or not, where they are now, and wherever they were numbered. Exact."""
    assert meet(seeker, "men:general@lake").returned == 1
    assert meet(seeker, "men:drivers@port").returned == 0
    assert meet(seeker, "clients_of_women:drivers@lake", births="p").returned == 1
    assert meet(seeker, "men:general@port", births="l").returned == 0
    result = meet(seeker, "men:general@port", "men:drivers@lake", "clients_of_women:general@port", births="lpp")
    assert result.returned == 1 and result.pair_b[0] == 2


@pytest.mark.parametrize("seeker", ["women@port", "bar@port"])
@pytest.mark.parametrize("man", ["msm@port", "park@port", "clients_of_men@port", "former_msw@port"])
def test_women_meet_men_who_have_sex_with_men_too(seeker: str, man: str) -> None:
    """Women are partners of bisexual MSM, whatever those do, and of no others. Exact."""
    assert meet(seeker, man, bisexual=[False, True]).returned == 1
    assert meet(seeker, man, bisexual=[True, False]).returned == 0
    assert meet(seeker, man, bisexual=[False, True], looks=STEADY).returned == 1


@pytest.mark.parametrize("seeker", ["trans_women@port", "club@port", "former_tsw@port"])
def test_trans_women_meet_men_who_have_sex_with_men(seeker: str) -> None:
    """Trans women look among the MSM of their site, as MSM do: bisexual or not, and nobody else. Exact.

    Men who have sex with women only are never met, whatever the tables lead to, and nor are trans women and women.
    """
    for man in ("msm@port", "park@port", "clients_of_trans_women@port", "former_msw@port"):
        for bisexual in (False, True):
            for looks in (CASUAL, STEADY):
                result = meet(seeker, man, bisexual=bisexual, looks=looks)
                assert result.returned == 1 and result.pair_a[0] == 0 and result.pair_b[0] == 1
    others = ("men:general@port", "clients_of_women:drivers@port", "trans_women@port", "women@port", "msm@lake")
    for other in others:
        assert meet(seeker, other, bisexual=True).returned == 0
    assert meet(seeker, *others, "msm@port").pair_b[0] == len(others) + 1


def test_trans_women_are_led_by_the_table_of_their_own() -> None:
    """Women follow one table of candidates, trans women and MSM the other, each at its site and step. Exact."""
    none, there = np.zeros((10, 2, 4)), np.ones((10, 2, 2))
    for seeker, found in (("women@port", 0), ("trans_women@port", 1), ("msm@port", 1)):
        assert meet(seeker, "msm@port", bisexual=True, candidate_men=none, candidate_msm=there).returned == found
    there[STEP, 0] = [0.0, 1.0]  # those of the lake, of whom there are none
    assert meet("trans_women@port", "msm@port", candidate_men=none + 1.0, candidate_msm=there).returned == 0


@pytest.mark.parametrize("seeker", ["msm@port", "park@port", "clients_of_men@port", "former_msw@port"])
def test_men_who_have_sex_with_men_meet_each_other(seeker: str) -> None:
    """MSM find MSM at their site, selling or buying or not, bisexual or not; neither men nor themselves. Exact."""
    for man in ("msm@port", "park@port", "clients_of_trans_women@port", "former_msw@port"):
        result = meet(seeker, man)
        assert result.returned == 1 and result.casual_partners.tolist() == [1, 1]
    assert meet(seeker).returned == 0
    assert meet(seeker, "men:general@port", "trans_women@port").returned == 0
    assert meet(seeker, "msm@lake").returned == 0
    assert meet(seeker, "msm@lake", "msm@port").pair_b[0] == 2


def test_kinds_are_those_of_who_looks() -> None:
    """A further kind is the pair's where whoever looks is of its groups, whoever is found. Exact."""
    together = WIDE.pair_kinds.index("men_together")
    kinds = {"msm@port": together, "clients_of_men@port": together, "park@port": codes.CASUAL_PARTNER}
    for seeker, kind in kinds.items():
        result = meet(seeker, "msm@port", pair_duration={"men_together": 5 * DT, "all": DT})
        assert result.kind[0] == kind and result.counters["pairs_formed"][kind] == 1


PAIRS_ALIKE = [
    ("women@port", "men:general@port", True),
    ("former_fsw@port", "men:general@port", True),
    ("bar@port", "clients_of_women:general@port", True),
    ("women@port", "clients_of_women:general@port", False),
    ("bar@port", "men:general@port", False),
    ("park@port", "clients_of_trans_women@port", True),
    ("park@port", "park@port", True),
    ("msm@port", "park@port", False),
    ("clients_of_men@port", "former_msw@port", False),
]


@pytest.mark.parametrize(("seeker", "man", "alike"), PAIRS_ALIKE)
@pytest.mark.parametrize("looks", [STEADY, CASUAL])
def test_who_looks_for_somebody_alike(seeker: str, man: str, alike: bool, looks: int) -> None:
    """At 1 pairs are of two who buy or sell now, or of two who do not; at 0 of anybody. Exact."""
    assert meet(seeker, man, looks=looks).returned == 1
    assert meet(seeker, man, looks=looks, assortativity=1.0).returned == alike


def test_a_share_looks_for_somebody_alike() -> None:
    """A keyed uniform of the search says whether she does; only then is he refused. Exact; n = 40 seekers."""
    wanted = []
    for uid in range(100, 140):
        given = {"uid": [uid, 1], "assortativity": {"casual": 0.4, "all": 0.0}}
        result = meet("women@port", "clients_of_women:general@port", **given)
        wanted.append(rng.uniform(KEY, uid, 0, LOOKS[CASUAL], 2) < 0.4)
        assert result.returned == (not wanted[-1])
    assert 5 < sum(wanted) < 35


def test_who_looks_for_somebody_alike_looks_longer() -> None:
    """Eight blocks of four words instead of two, of which the first that leads to somebody alike counts. Exact; n = 30.

    Nine of ten men of the age buy sex, and the seeker does not sell.
    """
    others = ["clients_of_women:general@port"] * 9 + ["men:general@port"]
    late = 0
    for uid in range(100, 130):
        result = meet("women@port", *others, uid=[uid, *range(1, 21, 2)], assortativity=1.0, looks=STEADY)
        words = [w for b in range(MORE_BLOCKS) for w in rng.philox(uid, 1, LOOKS[STEADY], b, KEY)]
        leads = [int((float(w) + 0.5) * rng.WORD * 10) == 9 for w in words]
        assert result.returned == any(leads) and (not any(leads) or result.pair_b[0] == 10)
        late += any(leads) and not any(leads[: 4 * BLOCKS])
    assert late > 3


def test_sites_and_populations_have_their_share_of_searches() -> None:
    """A word falls into the running shares of the blocks, and what is left of it into the men of the age.

    Exact; n = 50. At the lake a fifth of candidates were born at the port, three fifths at the lake, a fifth are MSM of
    the port; all are at the lake now, and bisexual.
    """
    men = [(codes.MEN, 0, AGE)] * 2 + [(codes.MEN, 1, AGE)] * 3 + [(codes.MSM, 0, AGE)]
    sums = np.zeros((10, 2, 4))
    sums[:, 1] = [0.2, 0.8, 1.0, 1.0]
    sums[:, 0] = [1.0, 1.0, 1.0, 1.0]
    found = set()
    for uid in range(100, 150):
        result = meet("women@lake", *["men:general@lake"] * 5, "msm@lake", births="pplllp", looks=STEADY,
                      uid=[uid, *range(1, 13, 2)], row_of_man=range(1, 7), men_born=born(WIDE, men),
                      candidate_men=sums, bisexual=True)  # fmt: skip
        u = (float(rng.philox(uid, 1, LOOKS[STEADY], 0, KEY)[0]) + 0.5) * rng.WORD
        block = int(np.searchsorted([0.2, 0.8], u, side="right"))
        low, high, first, count = ((0.0, 0.2, 0, 2), (0.2, 0.8, 2, 3), (0.8, 1.0, 5, 1))[block]
        expected = 1 + first + int((u - low) / (high - low) * count)
        assert result.pair_b[0] == expected
        found.add(expected)
    assert found == {1, 2, 3, 4, 5, 6}


def test_the_shares_of_the_step_are_taken() -> None:
    """Candidates follow the row of the table for this step, and for the site of who looks. Exact."""
    sums = np.zeros((10, 2, 4))
    sums[:, :, 3] = 1.0  # MSM of the lake, of whom there are none
    sums[STEP, 1] = [1.0, 1.0, 1.0, 1.0]
    there = {"births": "p", "candidate_men": sums}
    assert meet("women@lake", "men:general@lake", **there).returned == 1
    assert meet("women@port", "men:general@port", **there).returned == 0
    assert meet("women@lake", "men:general@lake", step=STEP + 1, **there).returned == 0


@pytest.mark.parametrize("limit", [1.0, 2.0])
def test_nobody_goes_beyond_the_limit_of_casual_partners(limit: float) -> None:
    """Nobody has more casual partners than the limit, though MSM look and are found in one step. Exact; 8 who all look.

    Who has been found before their turn is content with that.
    """
    result = meet("msm@port", *["msm@port"] * 7, seeking=CASUAL, casual_limit=limit, uid=[15, *range(1, 15, 2)],
                  new_rows=range(8), pairs_rows=8)  # fmt: skip
    assert result.returned > 2 and result.casual_partners.max() <= limit


def test_nobody_goes_beyond_one_steady_partner() -> None:
    """MSM who look for a steady partner, and are found before their turn, have one of them. Exact; 8 who all look."""
    result = meet("msm@port", *["msm@port"] * 7, seeking=STEADY, uid=[15, *range(1, 15, 2)], new_rows=range(8),
                  pairs_rows=8)  # fmt: skip
    assert result.returned > 2 and result.steady_partners.max() == 1
