"""An extension that takes names of the core."""

from swmodel.declare import Attr, Counter, Measure, Param, intervention, process

SOURCE = "assumption: made for tests"


@process(
    phase="behaviour",
    params=(Param("condom_efficacy", 0.3, "proportion", (0.0, 1.0), SOURCE, "taken"),),
    attributes=(Attr("age", "i4", 0, "taken with another type"),),
    counters=(Counter("people", "taken"),),
)
def ageing(lo, hi):
    """Taken."""


@intervention(params=(Param("coverage", 0.3, "proportion", (0.0, 1.0), SOURCE, "taken"),))
def oral_prep(lo, hi):
    """Taken."""


taken = Measure("prevalence", "taken", "proportion", "flow", ("people",))
