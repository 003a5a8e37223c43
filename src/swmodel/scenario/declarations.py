"""What a scenario may name: the parameters, interventions, measures and counters that are declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from swmodel.declare import Counter, Measure, Param, Process
from swmodel.pathways import Arrow

MOST_PER_YEAR = 1000.0  # a rate of reaching or losing people beyond this is instant in any step

# How an intervention reaches people, whatever its kind.
COVERAGE = Param(
    "coverage", 0.0, "proportion", (0.0, 1.0), "a choice of the scenario", "share of the target that is reached"
)
UPTAKE = Param(
    "uptake", 0.0, "per year", (0.0, MOST_PER_YEAR), "a choice of the scenario",
    "rate at which the target who are not reached join",
)  # fmt: skip
DROPOUT = Param(
    "dropout", 0.0, "per year", (0.0, MOST_PER_YEAR), "a choice of the scenario",
    "rate at which people reached leave again; only with uptake",
)  # fmt: skip
REACH = (COVERAGE, UPTAKE, DROPOUT)


@dataclass(frozen=True)
class Extension:
    """What one file or installed package adds, in the order in which it defines it."""

    name: str
    path: str
    processes: tuple[Process, ...] = ()
    interventions: Mapping[str, Process] = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()
    arrows: tuple[Arrow, ...] = ()


@dataclass(frozen=True)
class Declarations:
    """Everything a scenario may name, by unique name. `parameters` are those of processes; an intervention's own
    parameters are set on the intervention.
    """

    parameters: Mapping[str, Param]
    interventions: Mapping[str, Process] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    processes: tuple[Process, ...] = ()

    @property
    def counters(self) -> dict[str, Counter]:
        """Every declared counter by name."""
        return {c.name: c for p in (*self.processes, *self.interventions.values()) for c in p.counters}

    @property
    def sections(self) -> dict[str, dict[str, Param]]:
        """The parameters by YAML section, in the order of declaration."""
        found: dict[str, dict[str, Param]] = {}
        for param in self.parameters.values():
            found.setdefault(param.section, {})[param.name] = param
        return found

    def extended(self, extensions: Iterable[Extension]) -> Declarations:
        """These declarations and those of extensions, whose names must already be known not to clash."""
        made = self
        for extension in extensions:
            made = replace(
                made,
                parameters={
                    **made.parameters,
                    **{p.name: p for one in extension.processes for p in one.params},
                    **{arrow.name: arrow.param for arrow in extension.arrows},
                },
                interventions={**made.interventions, **extension.interventions},
                measures={**made.measures, **{m.name: m for m in extension.measures}},
                processes=(*made.processes, *extension.processes),
            )
        return made


def declared(
    processes: Sequence[Process],
    interventions: Mapping[str, Process],
    measures: Sequence[Measure] = (),
    general: Sequence[Param] = (),
) -> Declarations:
    """Declarations from a list of processes, interventions by kind, measures, and parameters without a process."""
    parameters = {p.name: p for p in (*general, *(p for one in processes for p in one.params))}
    return Declarations(parameters, dict(interventions), {m.name: m for m in measures}, tuple(processes))


def core() -> Declarations:
    """The declarations of the model as shipped."""
    from swmodel import model

    return declared(model.PROCESSES, model.INTERVENTIONS, model.MEASURES, model.GENERAL)
