"""What clients pay more for acts without a condom."""

from __future__ import annotations

import pytest

from kernels.by_name import BROTHEL, CLIENT, ONE, STREET, Result, by_group, call
from swmodel import codes
from swmodel.processes.premiums import premiums


def pay(**given: object) -> Result:
    """Pairs of a worker of the brothel, one of the street, and a client."""
    people = {"group": [BROTHEL, STREET, CLIENT], "kind": codes.ONE_OFF_CLIENT}
    return call(premiums, **{**people, **given})


def test_what_is_paid_is_for_acts_without_a_condom_with_an_offer() -> None:
    """Acts x the chance of an offer x the share without a condom, by the worker's group; money at the price. Exact."""
    result = pay(pair_a=[0, 0, 1], premium_share=[1.0, 0.5, 0.25], condom_share=[0.25, 0.5, 0.0],
                 pair_acts=[1.0, 2.0, 4.0], premium=0.5, price_level={"brothel": 3.0, "all": 1.0})  # fmt: skip
    accepted = {BROTHEL: 1.25, STREET: 1.0}
    assert result.counters["premiums_accepted"].tolist() == by_group({g: n * ONE for g, n in accepted.items()})
    paid = {BROTHEL: 1.25 * 0.5 * 3.0, STREET: 0.5}
    assert result.counters["premiums_paid"].tolist() == pytest.approx(by_group({g: n * ONE for g, n in paid.items()}))


def test_nobody_pays_without_an_offer_or_an_act() -> None:
    """No offer, no act, a condom each time, or a free row: nothing. Exact."""
    some = {"pair_a": [0], "premium_share": [1.0], "condom_share": [0.0], "pair_acts": [1.0]}
    assert pay(**some).counters["premiums_accepted"].any()
    for none in ({"premium_share": [0.0]}, {"condom_share": [1.0]}, {"pair_acts": [0.0]}, {"kind": codes.NONE}):
        assert not pay(**{**some, **none}).counters["premiums_accepted"].any()
    assert not pay(**some, premium=0.0).counters["premiums_paid"].any()
