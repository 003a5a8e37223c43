"""What a study runs: scenarios x parameter draws x seeds, as a list of tasks in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from swmodel.scenario.declarations import Extension
from swmodel.scenario.spec import Scenario

if TYPE_CHECKING:
    from swmodel.binding import Step
    from swmodel.declare import Measure, Param

AS_WRITTEN: Mapping[str, Any] = {}  # the draw that changes no parameter
Apply = Callable[[Scenario, Mapping[str, Any]], Mapping[str, Any]]  # what a draw makes of a scenario's parameters


def as_parameters(_: Scenario, draw: Mapping[str, Any]) -> Mapping[str, Any]:
    """A draw that holds parameters as they are."""
    return draw


class StudyError(Exception):
    """The scenarios, seeds or draws of a study do not go together; the message says why, on one line."""


@dataclass(frozen=True)
class Arm:
    """One scenario of a study with the model's contents for it.

    `contents` gives the steps for the scenario or for one that differs from it in parameters only. `apply` gives the
    parameters that a draw changes.
    """

    scenario: Scenario
    contents: Callable[[Scenario], Sequence[Step]]
    measures: tuple[Measure, ...]
    params: Mapping[str, Param] = field(default_factory=dict)
    extensions: tuple[Extension, ...] = ()
    apply: Apply = as_parameters

    @property
    def name(self) -> str:
        """The scenario's name, as the results have it."""
        return self.scenario.name


@dataclass(frozen=True)
class Task:
    """One simulation: an arm, the number of the draw with the parameters that it sets, and the seed."""

    arm: Arm
    draw: int
    values: Mapping[str, Any]
    seed: int

    @property
    def key(self) -> tuple[str, int, int]:
        """What the results call it: scenario, draw and seed."""
        return self.arm.name, self.draw, self.seed

    @property
    def scenario(self) -> Scenario:
        """The arm's scenario with the parameters of the draw over it."""
        scenario = self.arm.scenario
        if not self.values:
            return scenario
        return replace(scenario, parameters={**scenario.parameters, **self.arm.apply(scenario, self.values)})


@dataclass(frozen=True)
class Study:
    """Arms x draws x seeds. Raises StudyError where they do not go together.

    With `side_by_side` the first draw has the first seed alone, the second draw the second seed, and so on round again,
    so that chance differs from draw to draw.
    """

    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    draws: tuple[Mapping[str, Any], ...] = (AS_WRITTEN,)
    side_by_side: bool = False

    def __post_init__(self) -> None:
        names = [arm.name for arm in self.arms]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise StudyError(f"two scenarios are named '{twice[0]}'; the results could not tell them apart")
        for what, things in (("scenario", self.arms), ("seed", self.seeds), ("draw", self.draws)):
            if not things:
                raise StudyError(f"a study needs at least one {what}")
        if len(set(self.seeds)) < len(self.seeds):
            raise StudyError("the seeds of a study must differ from one another")
        for arm in self.arms:
            first, last = arm.scenario.start, arm.scenario.stop
            if not any(first <= year and year + 1 <= last for year in range(int(first), int(last) + 1)):
                raise StudyError(f"{arm.name}: the run from {first:g} to {last:g} covers no whole calendar year")

    @property
    def tasks(self) -> list[Task]:
        """Every simulation in the order of the results: by scenario, then draw, then seed."""
        return [
            Task(arm, number, values, seed)
            for arm in self.arms
            for number, values in enumerate(self.draws)
            for seed in self.seeds_of_draw(number)
        ]

    def seeds_of_draw(self, number: int) -> tuple[int, ...]:
        """The seeds with which a draw is run."""
        return (self.seeds[number % len(self.seeds)],) if self.side_by_side else self.seeds


class Posterior(Protocol):
    """A fit as studies take it: draws of its parameters, and where they go in a scenario."""

    def over(self, arm: Arm) -> Arm:
        """The arm whose draws are those of the fit."""

    def some(self, count: int) -> tuple[Mapping[str, Any], ...]:
        """So many draws."""


def study_over(posterior: Posterior, arms: Sequence[Arm], seeds: tuple[int, ...],
               draws: Sequence[Mapping[str, Any]] = (AS_WRITTEN,)) -> Study:  # fmt: skip
    """A study in which every seed has a draw of a fit, the same for each of `draws`."""
    both = tuple({**fitted, **draw} for draw in draws for fitted in posterior.some(len(seeds)))
    return Study(tuple(map(posterior.over, arms)), seeds, both, side_by_side=True)


def arm_of(scenario: Scenario, extensions: Sequence[Extension] = ()) -> Arm:
    """A scenario with the model as shipped and the extensions given."""
    from swmodel import model

    extensions = tuple(extensions)
    return Arm(
        scenario,
        lambda one: model.contents(one, extensions),
        (*model.MEASURES, *(measure for extension in extensions for measure in extension.measures)),
        model.all_params(extensions),
        extensions,
    )


def read_arm(
    scenario: Scenario | str | Path, extensions: Sequence[Any] = (), overrides: Sequence[str] = (), **simulation: Any
) -> Arm:
    """The arm of a scenario, or of the scenario file at a path.

    `extensions` are more of them, beside those that a file names: `swmodel.extend.Extension`, or paths of Python files.
    `simulation` overrides people, seeds, seed, start, stop or step where it is not None. Raises ScenarioError.
    """
    if isinstance(scenario, Scenario):
        if overrides:
            raise StudyError("overrides are for scenario files; change a Scenario with dataclasses.replace")
        return loaded_arm(scenario, extensions, simulation)
    from swmodel.scenario.load import load_with_extensions

    found, named = load_with_extensions(scenario, overrides, **simulation)
    return arm_of(found, (*named, *map(as_extension, extensions)))


def loaded_arm(scenario: Scenario, extensions: Sequence[Any], simulation: Mapping[str, Any]) -> Arm:
    """The arm of a scenario that is in memory; the files that it names are imported again."""
    made = replace(scenario, **{name: value for name, value in simulation.items() if value is not None})
    return arm_of(made, [as_extension(one) for one in (*scenario.extensions, *extensions)])


def as_extension(extension: Any) -> Extension:
    """An extension, from itself or from the path of its file. Raises ExtensionError."""
    from swmodel.extend import load_file, load_installed

    if isinstance(extension, (str, Path)):
        return load_file(extension) if str(extension).endswith(".py") else load_installed(str(extension))
    assert isinstance(extension, Extension)
    return extension


def seeds_of(scenario: Scenario, seeds: int | Sequence[int] | None = None) -> tuple[int, ...]:
    """The seeds to run: those given, or so many from the scenario's first, or as many as the scenario asks for."""
    if seeds is None or isinstance(seeds, int):
        return tuple(range(scenario.seed, scenario.seed + (scenario.seeds if seeds is None else seeds)))
    return tuple(seeds)
