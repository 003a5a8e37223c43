"""Stigma at the clinic: an attribute, a process that sets it, and a lever that lowers it."""

from swmodel.declare import Attr, Counter, Measure, Param, intervention, process

SOURCE = "assumption: made for tests"


@process(
    phase="behaviour",
    params=(Param("stigma_level", 0.3, "proportion", (0.0, 1.0), SOURCE, "share of people who meet stigma"),),
    attributes=(Attr("meets_stigma", "b1", 0, "meets stigma at the clinic"),),
    counters=(Counter("stigmatised", "people who met stigma"),),
    writes=("meets_stigma",),
)
def stigma(lo, hi, alive, meets_stigma, stigma_level, stigmatised):
    """Some people meet stigma."""
    for i in range(lo, hi):
        meets_stigma[i] = alive[i] and stigma_level > 0.5


@intervention(params=(Param("stigma_ratio", 0.5, "rate ratio", (0.0, 1.0), SOURCE, "stigma left where it acts"),))
def clinic_training(lo, hi, stigma_ratio):
    """Training of clinic staff."""


MEASURES = (Measure("stigma_met", "people who met stigma", "people", "flow", ("stigmatised",)),)
