"""Stigma that keeps people who sell sex from services: of sex work, and of HIV.

It is felt by a share of people, set by the place and the year. Everybody keeps one number for life that says how soon
she is among them, so that a smaller share spares the same people in every scenario.
"""

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process


@process(
    phase="movement",
    over="workers",
    section="stigma",
    attributes=(
        Attr("stigma_felt", "f4", 0.0, "1 while stigma of sex work keeps somebody who sells it from services"),
        Attr("hiv_stigma_felt", "f4", 0.0, "1 while stigma of HIV does, of sex workers who are diagnosed"),
        Attr("stigma_ratio", "f4", 1.0, "relative share of sex workers who feel stigma", reset=True),
    ),
    params=(
        Param("stigma", 0.0, "proportion", (0.0, 1.0), "assumption (none until the place says so; no source opened)",
              "sex workers whom stigma of sex work keeps from services", by="group"),
        Param("hiv_stigma", 0.0, "proportion", (0.0, 1.0),
              "assumption (none until the place says so; no source opened)",
              "sex workers diagnosed with HIV whom stigma of HIV keeps from services", by="group"),
    ),
    counters=(
        Counter("stigma_asked", "sex workers who are asked about stigma"),
        Counter("stigma_counts", "sex workers whom stigma of sex work keeps from services"),
    ),
    writes=("stigma_felt", "hiv_stigma_felt"),
)  # fmt: skip
def feel_stigma(rows, key, uid, group, care_state, stigma_ratio, stigma_felt, hiv_stigma_felt, stigma, hiv_stigma,
                stigma_asked, stigma_counts):  # fmt: skip
    """Whom stigma keeps from services, among those who sell sex now."""
    for i in rows:
        g = group[i]
        of_work, of_hiv = rng.uniforms(key, uid[i], 0, 0, 0)
        stigma_felt[i] = of_work < stigma[g] * stigma_ratio[i]
        known = care_state[i] != codes.UNDIAGNOSED
        hiv_stigma_felt[i] = known and of_hiv < hiv_stigma[g] * stigma_ratio[i]
        stigma_asked[g] += 1
        stigma_counts[g] += stigma_felt[i] > 0.0
