"""Surveys that a fit did not see: which of those it saw they are set beside."""

from __future__ import annotations

from swmodel.calibrate.predict import alike
from swmodel.scenario.spec import Ratio, Survey


def survey(group: str = "fsw", age: tuple[float, float] | None = None, measure: str = "prevalence") -> Survey:
    """A survey of 2010."""
    return Survey(measure, group, 2010.0, 0.3, n=100, age=age)


def test_alike() -> None:
    """What was found last is a guess at what is found of the same measure, group and few ages; ages of most adults are
    alike. Exact.
    """
    assert alike(survey(), survey()) and alike(survey(), survey(age=(18.0, 50.0)))
    assert alike(survey(age=(20.0, 25.0)), survey(age=(20.0, 25.0)))
    assert not alike(survey(), survey(age=(20.0, 25.0))) and not alike(
        survey(age=(45.0, 50.0)), survey(age=(20.0, 25.0))
    )
    assert not alike(survey(), survey("men")) and not alike(survey(), survey(measure="on_art_share"))
    assert survey(age=(50.0, 80.0)).aged == "aged 50 to 79" and not survey(age=(20.0, 50.0)).aged
    ratio = Ratio("prevalence", "fsw", 2010.0, 2.0, 1.5, 2.5, other_group="women", other_year=2010.0)
    assert alike(ratio, ratio) and not alike(ratio, survey())
