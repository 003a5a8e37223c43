"""Stigma felt by sex workers keeps them from testing; a programme lowers it."""

from swmodel import Attr, Param, codes, intervention, process, rng

STIGMA = Attr("stigma", "f8", -1.0, "stigma felt, 0 to 1; -1 before it is drawn")


@process(
    phase="demography",
    attributes=(STIGMA,),
    params=(
        Param("stigma_effect", 0.5, "rate ratio", (0.0, 1.0), "assumption (an example)", "testing at full stigma"),
    ),
    writes=("stigma", "testing_rate"),
)
def feel_stigma(lo, hi, key, uid, alive, group, role_of, stigma, testing_rate, stigma_effect):
    """Draw each person's stigma once; it lowers testing while she sells sex."""
    for i in range(lo, hi):
        if stigma[i] < 0.0:
            stigma[i] = rng.uniform(key, uid[i], 0, 0, 0)
        if alive[i] and role_of[group[i]] == codes.WORKER:
            testing_rate[i] *= 1.0 - stigma[i] * (1.0 - stigma_effect)


@intervention(
    params=(Param("stigma_relief", 0.5, "proportion", (0.0, 1.0), "assumption (an example)", "testing won back"),),
    writes=("testing_rate",),
)
def stigma_reduction(lo, hi, covered, testing_rate, stigma_relief):
    """Give back part of the testing that stigma takes away."""
    for i in range(lo, hi):
        if covered[i]:
            testing_rate[i] *= 1.0 + stigma_relief * (1.0 / max(testing_rate[i], 0.5) - 1.0)
