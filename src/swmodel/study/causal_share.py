"""How much of a result rests on taking what was observed as causal: the same comparison at several causal shares.

Where what weighs on people acts along arrows, a study runs each scenario with none, the usual share, and all of the
logarithm of every observed effect. The one in the middle is the result; the others say what it hangs on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from swmodel.results import whole_file
from swmodel.study.paired import COLUMNS, Comparison, text
from swmodel.study.plan import AS_WRITTEN, Arm

NAME = "causal_share"
NONE, ALL = 0.0, 1.0
TABLE = "causal_shares.csv"


def draws_of(arms: Iterable[Arm]) -> tuple[Mapping[str, Any], ...]:
    """The draws of a comparison: three causal shares where any arm has arrows and none says its share; or one draw."""
    from swmodel import model
    from swmodel.structure import switched_on

    given = [arm.scenario.parameters for arm in arms]
    if any(NAME in one for one in given) or not any(switched_on(model.LAYERS, one) for one in given):
        return (AS_WRITTEN,)
    usual = next(param.default for param in model.GENERAL if param.name == NAME)
    return tuple({NAME: share} for share in (NONE, usual, ALL))


def by_share(comparison: Comparison) -> dict[float, Comparison]:
    """The comparison at each causal share, lowest first; empty where the study did not vary it.

    Each holds the pairs of all draws with this share: one, or those of a fit.
    """
    draws = comparison.results.draws
    shares = sorted({float(draw[NAME]) for draw in draws if NAME in draw})
    if len(shares) < 2 or not all(NAME in draw for draw in draws):
        return {}
    of_share = {share: [k for k, draw in enumerate(draws) if draw[NAME] == share] for share in shares}
    return {share: Comparison(comparison.results.drawn(*numbers), comparison.baseline)
            for share, numbers in of_share.items()}  # fmt: skip


def usual(comparison: Comparison) -> Comparison:
    """The comparison at the usual share, or all of it where there is one."""
    shares = by_share(comparison)
    return shares[sorted(shares)[len(shares) // 2]] if shares else comparison


def write_shares(path: Path, shares: Mapping[float, Comparison]) -> None:
    """The rows of every comparison, each with its causal share before them."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow((NAME, *COLUMNS))
        for share, one in shares.items():
            writer.writerows([text(share), *(text(value) for value in astuple(row))] for row in one.rows())


def shares_in_words(shares: Sequence[float]) -> list[str]:
    """How charts and tables name them."""
    plain = {NONE: "none", ALL: "all", 0.5: "half"}
    return [plain.get(share, f"{share:g}") for share in shares]
