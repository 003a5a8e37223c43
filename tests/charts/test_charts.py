"""Charts say what the numbers say, look the same every time, and can be read."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from charts import fake
from swmodel.charts import (
    averted,
    care,
    draw_comparison,
    draw_run,
    epidemic,
    marks,
    partners,
    style,
    tables,
    words,
    yearly,
)
from swmodel.charts.difference import apart, impacts
from swmodel.charts.page import Sheet, measure, save, wrap
from swmodel.results import Results, Run
from swmodel.scenario.spec import Ratio, Scenario, Survey
from swmodel.study.paired import AVERTED, SHARE, Comparison
from swmodel.study.store import OutputError

OF_RUN: dict[str, Callable[[pd.DataFrame, Scenario], Sheet | None]] = {
    "prevalence": epidemic.prevalence,
    "incidence": epidemic.incidence,
    "cascade": care.cascade,
    "condom_use": partners.condom_use,
    "who_infects_whom": partners.who_infects_whom,
}
OF_COMPARISON = {"infections_averted": averted.infections_averted, "infections_per_year": yearly.infections_per_year}
ENDINGS = (".svg", ".png", ".csv", ".txt")
LONG = (
    "A very long title: ending violence, with oral PrEP for women in street settings "
    "and testing for their partners, to 2040"
)


@pytest.fixture(autouse=True)
def look() -> Iterator[None]:
    """Draw with the settings of the charts."""
    with style.drawing():
        yield


def sheet(chart: str, frame: pd.DataFrame | None = None, scenario: Scenario | None = None) -> Sheet:
    """One chart of a run."""
    made = OF_RUN[chart](fake.frame() if frame is None else frame, scenario or fake.scenario())
    assert made is not None
    return made


def compared(chart: str, comparison: fake.Comparison | None = None) -> Sheet:
    """One chart of a comparison."""
    c = comparison or fake.comparison()
    made = OF_COMPARISON[chart](c.results.to_df(), c.baseline, c.scenarios)
    assert made is not None
    return made


def flat(measure: str, group: str, values: Mapping[int, float], seeds: int = 1) -> pd.DataFrame:
    """A table of one measure, equal in every seed."""
    rows = [("cotonou", 0, s, y, measure, group, v) for s in range(seeds) for y, v in values.items()]
    return pd.DataFrame(rows, columns=["scenario", "draw", "seed", "year", "measure", "group", "value"])


def plain(text: str) -> str:
    """Text with ordinary spaces."""
    return text.replace(words.NBSP, " ")


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_run_is_drawn_into_four_files_a_chart(tmp_path: Path) -> None:
    """SVG, PNG, CSV and alternative text for each, in the folder `charts`, and all are returned."""
    files = draw_run(tmp_path, fake.Results(fake.frame(seeds=(1, 2))), fake.scenario())
    assert files == [tmp_path / "charts" / f"{name}{ending}" for name in OF_RUN for ending in ENDINGS]
    assert all(file.stat().st_size > 0 for file in files)


def test_a_comparison_is_drawn_into_four_files_a_chart(tmp_path: Path) -> None:
    """The same for a comparison."""
    files = draw_comparison(tmp_path, fake.comparison(seeds=(1, 2, 3)))  # type: ignore[arg-type]
    assert files == [tmp_path / "charts" / f"{name}{ending}" for name in OF_COMPARISON for ending in ENDINGS]
    assert all(file.stat().st_size > 0 for file in files)


def test_other_scenarios_are_left_out(tmp_path: Path) -> None:
    """A table with several scenarios is drawn for the one that is asked for."""
    both = pd.concat([fake.frame(), fake.frame("prep", effect=0.9, start=1986)])
    draw_run(tmp_path / "a", fake.Results(both), fake.scenario())
    draw_run(tmp_path / "b", fake.Results(fake.frame()), fake.scenario())
    for name in ("incidence.csv", "incidence.svg"):
        assert (tmp_path / "a/charts" / name).read_bytes() == (tmp_path / "b/charts" / name).read_bytes()


@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_the_same_bytes_every_time(tmp_path: Path, ending: str) -> None:
    """A chart drawn again is the same file, whatever settings of matplotlib were in force."""
    import matplotlib

    draw_run(tmp_path / "a", fake.Results(fake.frame(seeds=(1,))), fake.scenario())
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "yellow", "svg.hashsalt": None}):
        draw_run(tmp_path / "b", fake.Results(fake.frame(seeds=(1,))), fake.scenario())
    for name in OF_RUN:
        first, second = (tmp_path / one / "charts" / f"{name}{ending}" for one in "ab")
        assert first.read_bytes() == second.read_bytes()


def test_an_svg_says_what_it_shows(tmp_path: Path) -> None:
    """It has a title, a description and a role for screen readers, and no date or name of a program."""
    one = sheet("prevalence")
    svg = save(one, tmp_path)[0].read_text()
    root = ElementTree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.findtext(f"{space}title") == one.text.title
    assert "band: range over 5 seeds" in plain(root.findtext(f"{space}desc") or "")
    assert "dc:date" not in svg and "Matplotlib v" not in svg


def test_words_with_markup_are_escaped(tmp_path: Path) -> None:
    """A title of the user's may hold any sign, a formula's too."""
    scenario = fake.scenario(title="Costs < $5 & benefits > $6 for $\\alpha$")
    svg = save(sheet("prevalence", scenario=scenario), tmp_path)[0].read_text()
    assert scenario.title in (ElementTree.fromstring(svg).findtext("{http://www.w3.org/2000/svg}desc") or "")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """An error that the command line can show."""
    (tmp_path / "charts").write_text("a file is in the way")
    with pytest.raises(OutputError, match=r"^cannot write .*charts"):
        draw_run(tmp_path, fake.Results(fake.frame(seeds=(1,))), fake.scenario())


def test_the_package_is_light() -> None:
    """Charts load matplotlib and pandas only when they draw."""
    code = "import sys, swmodel.charts; print(*{'matplotlib', 'pandas', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.strip()


# --- titles and numbers ----------------------------------------------------------------------------------------------


def test_the_title_states_the_peak_and_the_end() -> None:
    """The numbers of the title are medians over seeds, rounded."""
    frame = fake.frame()
    rows = frame[(frame["measure"] == "prevalence") & (frame["group"] == "fsw")]
    medians = rows.groupby("year")["value"].median()
    said = plain(sheet("prevalence", frame).text.title)
    peak, when, last = 100 * medians.max(), medians.idxmax(), 100 * medians.loc[2040]
    assert said == f"HIV among sex workers in Cotonou peaked at {peak:.0f} % in {when} and fell to {last:.1f} % by 2040"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({2000: 0.3}, "stood at 30 % in 2000"),
        ({2000: 0.3, 2001: 0.3, 2002: 0.31}, "stayed near 30 % from 2000 to 2002"),
        ({2000: 0.1, 2005: 0.3, 2010: 0.52}, "rose from 10 % in 2000 to 52 % by 2010"),
        ({2000: 0.52, 2005: 0.3, 2010: 0.2}, "fell from 52 % in 2000 to 20 % by 2010"),
        ({2000: 0.1, 2005: 0.52, 2010: 0.2}, "peaked at 52 % in 2005 and fell to 20 % by 2010"),
        ({2000: 0.1, 2005: 0.52, 2010: 0}, "peaked at 52 % in 2005 and fell to 0 % by 2010"),
        (
            {2000: 0.1, 2005: 0.5, 2008: 0.1, 2010: 0.3},
            "peaked at 50 % in 2005, fell to 10 % in 2008 and rose to 30 % by 2010",
        ),
        ({2000: 0.5, 2005: 0.1, 2010: 0.3}, "fell from 50 % in 2000 to 10 % in 2005 and rose to 30 % by 2010"),
        ({2000: 0.5, 2005: 0.1, 2010: 0.6}, "fell from 50 % in 2000 to 10 % in 2005 and rose to 60 % by 2010"),
    ],
)  # fmt: skip
def test_trends(values: dict[int, float], said: str) -> None:
    """Each course of a series has its sentence."""
    frame = flat("prevalence", "fsw", values)
    assert plain(sheet("prevalence", frame).text.title) == f"HIV among sex workers in Cotonou {said}"


def test_the_place_is_named_only_where_a_setting_says_so() -> None:
    """A study's title does not begin with a place."""
    study = fake.scenario(title="Ending violence, with PrEP", path="scenarios/violence.yaml")
    assert words.place(study) == ""
    assert words.place(fake.scenario()) == " in Cotonou"
    assert "in Ending" not in sheet("prevalence", scenario=study).text.title


def test_the_cascade_states_treatment_in_the_last_year() -> None:
    """Of everyone and of sex workers."""
    frame = pd.concat(
        [flat("on_art_share", "all", {2039: 0.7, 2040: 0.81}), flat("on_art_share", "fsw", {2040: 0.634})]
    )
    said = plain(sheet("cascade", frame).text.title)
    assert said == (
        "On HIV treatment in Cotonou in 2040: 81 % of adults living with HIV and 63 % of sex workers living with HIV"
    )


def test_condom_use_is_of_sex_that_was_agreed_to() -> None:
    """Needles shared and acts forced, without a condom of necessity, are neither drawn nor told. Exact."""
    use = {"one_off_client": 0.5, "casual": 0.3, "needle": 0.0, "forced": 0.0}
    frame = pd.concat([flat("condom_use", kind, {1985: 0.1, 2040: share}) for kind, share in use.items()])
    made = sheet("condom_use", frame)
    said = plain(made.text.title) + " ".join(plain(text.get_text()) for text in made.figure.axes[0].texts)
    assert "casual" in said and "needle" not in said and "forced" not in said


def test_condom_use_states_the_rise_and_the_lowest() -> None:
    """With clients, and with whom it is least."""
    frame = pd.concat([flat("condom_use", "one_off_client", {1985: 0.02, 2040: 0.9}),
                       flat("condom_use", "own_partner", {1985: 0.0, 2040: 0.31})])  # fmt: skip
    said = plain(sheet("condom_use", frame).text.title)
    assert said == (
        "Condom use with one-off clients in Cotonou rose from 2.0 % in 1985 to 90 % by 2040; "
        "lowest with sex workers' own partners (31 %)"
    )


def test_paid_sex_states_its_share() -> None:
    """In the five worst years and the five last, from sums over seeds."""
    counts = {"one_off_client": (60, 2), "regular_client": (15, 1), "spouse": (25, 7)}
    nothing = dict.fromkeys(range(1985, 2041), 0.0)
    frame = pd.concat([
        flat("new_infections_by_partner", kind, nothing | {1990: early, 2040: late}, 2)
        for kind, (early, late) in counts.items()
    ])  # fmt: skip
    one = sheet("who_infects_whom", frame)
    assert plain(one.text.title) == (
        "Sex between sex workers and clients in Cotonou accounted for 75 % of new HIV infections "
        "in 1986 to 1990 and 30 % in 2036 to 2040"
    )
    total = one.table.groupby("year")["new_infections"].sum() / fake.scenario().places
    assert total[total > 0].to_dict() == pytest.approx({1990: 100, 2040: 10}, rel=1e-4)


def test_the_best_lever_is_in_the_title() -> None:
    """With the number and the share that the table beside it holds."""
    one = compared("infections_averted")
    row = one.table.set_index(["scenario", "group"]).loc[("outreach", "all")]
    said = plain(one.text.title)
    assert said == (
        f"\u201cTesting outreach and ART support\u201d averts the most: {words.about(row['averted'])} HIV infections "
        f"by 2040 ({100 * row['share_of_baseline']:.0f} %)"
    )


def test_levers_without_effect_are_said_to_have_none() -> None:
    """No difference is no finding."""
    levers = {"nothing": ("Nothing", 0.0), "same": ("The same", 0.0)}
    assert (
        compared("infections_averted", fake.comparison(levers)).text.title == "No lever clearly averts HIV infections"
    )
    assert "little changed" in compared("infections_per_year", fake.comparison(levers)).text.title


def test_harm_is_said_to_be_harm() -> None:
    """A scenario with more infections is not said to avert any."""
    levers = {"worse": ("Cuts", -0.3)}
    said = compared("infections_averted", fake.comparison(levers)).text.title
    assert re.fullmatch("\u201cCuts\u201d leads to about [0-9,]+ more HIV infections by 2040", said)
    assert compared("infections_per_year", fake.comparison(levers)).text.title.endswith("with \u201cCuts\u201d")


def test_levers_that_cannot_be_told_apart_share_the_title() -> None:
    """Equal effects: neither is the best."""
    levers = {"one": ("One", 0.2), "two": ("Two", 0.2), "weak": ("Weak", 0.02)}
    said = compared("infections_averted", fake.comparison(levers)).text.title
    assert said.startswith("\u201cOne\u201d and \u201cTwo\u201d avert the most and cannot be told apart: about")


def test_levers_all_alike_are_not_named_one_by_one() -> None:
    """Where no scenario stands out the title says so once, with the range of their effects."""
    levers = {"one": ("One", 0.2), "two": ("Two", 0.2), "three": ("Three", 0.2)}
    said = compared("infections_averted", fake.comparison(levers)).text.title
    said = said.replace(",", "")
    assert re.fullmatch(
        "Each of these 3 scenarios averts about [0-9]+( to [0-9]+)? HIV infections by 2040; they cannot be told apart",
        said,
    )


def test_few_pairs_are_not_enough_to_be_clear() -> None:
    """Three differences of one sign may be chance; twenty are not."""
    assert not apart(np.array([1.0, 4.0, 12.0]))
    assert apart(np.linspace(1.0, 12.0, 20))
    assert not apart(np.linspace(-1.0, 12.0, 20))


def real(comparison: fake.Comparison) -> Comparison:
    """The same runs as the study makes them."""
    runs = []
    for key, rows in comparison.results.to_df().groupby(["scenario", "draw", "seed"], sort=False):
        wide = rows.pivot(index="year", columns=["measure", "group"], values="value")
        cells = tuple((str(measure), str(group)) for measure, group in wide.columns)
        runs.append(Run(*key, tuple(wide.index.tolist()), cells, wide.to_numpy(float)))  # type: ignore[misc]
    return Comparison(Results(tuple(runs), comparison.scenarios), comparison.baseline)


def test_infections_averted_agree_with_the_study(tmp_path: Path) -> None:
    """The chart's numbers are those of comparison.csv, scaled up to the population; groups add up."""
    comparison = real(fake.comparison())
    table = comparison.to_df().set_index(["measure", "scenario", "group", "year"])
    found = impacts(comparison.results.to_df(), comparison.baseline)
    for name in fake.LEVERS:
        for group in ("all", "fsw", "clients"):
            row = table.loc[(AVERTED, name, group, 2040)]
            assert found[name][group].span == pytest.approx((row["median"], row["low"], row["high"]))
            assert found[name][group].share == pytest.approx(table.loc[(SHARE, name, group, 2040), "median"])
            assert found[name][group].since == comparison.since(name)
        parts = found[name]["fsw"].runs + found[name]["clients"].runs + found[name]["others"].runs
        assert parts == pytest.approx(found[name]["all"].runs)
    assert draw_comparison(tmp_path, comparison)
    assert comparison.plot(tmp_path)


# --- surveys ---------------------------------------------------------------------------------------------------------


def test_wilson() -> None:
    """Newcombe 1998 (Stat Med 17:857), table I: 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0 to 0.1611."""
    assert tables.wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert tables.wilson(0.0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_the_caption_says_what_the_survey_points_are() -> None:
    """Intervals as given, Wilson's, none at all, and every source once."""
    caption = plain(sheet("prevalence").text.caption)
    assert "surveys with 95 % intervals" in caption and "Wilson" in caption and "Hollow" in caption
    assert caption.count(fake.GR) == 1 and fake.A02 in caption
    given = fake.scenario(surveys=(Survey("prevalence", "fsw", 1998, 0.4, 0.36, 0.45, source="A survey"),))
    caption = plain(sheet("prevalence", scenario=given).text.caption)
    assert "Wilson" not in caption and "Hollow" not in caption and caption.endswith("Survey sources: A survey.")
    assert "urvey" not in sheet("prevalence", scenario=fake.scenario(surveys=())).text.caption


def test_hollow_points_are_drawn_hollow() -> None:
    """One without interval or sample size has a white face, the others a dark one."""
    ax = sheet("prevalence").figure.axes[0]
    faces = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"]
    assert faces.count("white") == 3 and faces.count(style.INK) == 3


def test_the_line_is_of_the_people_surveyed() -> None:
    """Surveys of some sex workers, or of all women: that group is drawn, in the place and colour of the nearest."""
    frame = fake.frame(seeds=(1,))
    extra = [frame[frame["group"] == old].assign(group=new) for old, new in (("fsw", "venue"), ("women", "women_all"))]
    given = fake.scenario(
        groups={"venue": ("bar", "street"), "women_all": ("women", "bar", "street", "home")},
        surveys=tuple(Survey("prevalence", group, 1998, 0.1, 0.05, 0.2) for group in ("venue", "women_all", "clients")),
    )
    one = sheet("prevalence", pd.concat([frame, *extra]), given)
    titles = [ax.get_title(loc="left") for ax in one.figure.axes]
    assert titles == ["Venue sex workers", "Clients", "All women", "Other men"]
    assert [ax.lines[0].get_color() for ax in one.figure.axes] == [style.COLOURS[g] for g in epidemic.GROUPS]
    assert one.text.title.startswith("HIV among venue sex workers in Cotonou")
    assert (one.table["from"] == "survey").sum() == 3


def test_ratios_are_no_points() -> None:
    """A ratio of two groups is of one of them, and is not drawn beside its line."""
    ratio = Ratio("prevalence", "fsw", 2011, 2.0, 1.5, 2.5, other_group="women", other_year=2011)
    given = fake.scenario(surveys=(Survey("prevalence", "fsw", 2011, 0.1, 0.05, 0.2), ratio))
    one = sheet("prevalence", fake.frame(seeds=(1,)), given)
    assert (one.table["from"] == "survey").sum() == 1 and epidemic.surveyed_groups(
        fake.frame(seeds=(1,)), fake.scenario(surveys=(ratio,)), "prevalence")["fsw"] == "fsw"  # fmt: skip


def test_surveys_of_few_ages_are_no_points() -> None:
    """A survey of a few years of age is not drawn beside the line of all adults; one of most adults is."""
    few, most = (Survey("prevalence", "fsw", 2011, 0.1, 0.05, 0.2, age=age) for age in ((20.0, 25.0), (18.0, 50.0)))
    for surveys, drawn in (((few,), 0), ((few, most), 1)):
        found = sheet("prevalence", fake.frame(seeds=(1,)), fake.scenario(surveys=surveys)).table
        assert (found["from"] == "survey").sum() == drawn


def test_surveys_outside_the_run_are_left_out() -> None:
    """The caption speaks only of what is drawn."""
    one = sheet("prevalence", fake.frame(years=(2010, 2020)))
    assert one.table.loc[one.table["from"] == "survey", "year"].unique().tolist() == [2011]
    assert fake.A02 not in one.text.caption and "Hollow" not in one.text.caption


def test_the_table_holds_the_surveys() -> None:
    """Per cent as drawn, with source."""
    table = sheet("prevalence").table
    rows = table[(table["from"] == "survey") & (table["group"] == "fsw") & (table["year"] == 1998)]
    assert rows[["estimate", "low", "high"]].to_numpy().tolist() == [[40.6, 36.6, 44.7]]
    assert rows["source"].tolist() == [fake.A02]


# --- what can be read ------------------------------------------------------------------------------------------------


def crowded() -> fake.Comparison:
    """Nine levers with long titles and close effects."""
    return fake.comparison({f"lever{k}": (f"{LONG} ({k})", 0.02 * k) for k in range(1, 10)}, seeds=(1, 2, 3))


def every_sheet() -> dict[str, Callable[[], Sheet]]:
    """Charts of ordinary and of extreme cases."""
    ones: dict[str, Callable[[], Sheet]] = {}
    sources = [f"{LONG} https://example.org/{'a' * 150}/{k}" for k in range(4)]
    surveys = tuple(Survey("prevalence", "fsw", 1990 + k, 0.3, source=one) for k, one in enumerate(sources))
    far = fake.scenario(title=LONG, surveys=surveys)
    for name in OF_RUN:
        ones[name] = lambda name=name: sheet(name)  # type: ignore[misc]
        ones[f"{name}, one year"] = lambda name=name: sheet(name, fake.frame(seeds=(1,), years=(2000, 2000)))  # type: ignore[misc]
        ones[f"{name}, long words"] = lambda name=name: sheet(name, scenario=far)  # type: ignore[misc]
        ones[f"{name}, zero"] = lambda name=name: sheet(name, fake.frame(seeds=(1,)).assign(value=0.0))  # type: ignore[misc]
    for name in OF_COMPARISON:
        ones[name] = lambda name=name: compared(name)  # type: ignore[misc]
        ones[f"{name}, crowded"] = lambda name=name: compared(name, crowded())  # type: ignore[misc]
        ones[f"{name}, one pair"] = lambda name=name: compared(name, fake.comparison(seeds=(1,)))  # type: ignore[misc]
        ones[f"{name}, harm"] = lambda name=name: compared(name, fake.comparison({"worse": ("Cuts", -0.3)}))  # type: ignore[misc]
    return ones


@pytest.mark.parametrize("name", every_sheet())
def test_no_words_overlap_or_are_cut_off(name: str) -> None:
    """Every text lies inside the page, apart from every other, and is large enough to read."""
    from matplotlib.text import Text

    figure = every_sheet()[name]().figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    drawn = []
    hidden = set()
    for ax in figure.axes:
        for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
            for place, label in zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True):
                if not low <= place <= high:
                    hidden.add(label)
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip() and text not in hidden:
            assert text.get_size() >= style.SMALL
            drawn.append((text.get_text(), Text.get_window_extent(text, renderer)))
    for words_of, box in drawn:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, words_of
    for (one, a), (other, b) in combinations(drawn, 2):
        assert min(a.x1, b.x1) - max(a.x0, b.x0) < 1 or min(a.y1, b.y1) - max(a.y0, b.y0) < 1, f"{one!r} on {other!r}"


def test_labels_are_moved_apart_and_no_further() -> None:
    """Order stays, none overlap, those with room stay where they are."""
    places = marks.spread(np.array([1.0, 1.05, 3.0, 0.0]), np.full(4, 0.2), 0.0, 4.0)
    assert places == pytest.approx([0.925, 1.125, 3.0, 0.1])


def test_lines_are_broken_at_spaces() -> None:
    """None is wider than asked, and nothing is lost."""
    lines = wrap(LONG, 3.0, 9.0).split("\n")
    assert " ".join(lines) == LONG
    assert all(measure(line, 9.0) <= 3.0 for line in lines)


@pytest.mark.parametrize("shade", sorted(set(style.COLOURS.values()) | set(style.LEVERS)))
def test_coloured_words_have_contrast(shade: str) -> None:
    """At least 4.5 to 1 on white."""
    from matplotlib.colors import to_rgb

    assert 1.05 / (style.luminance(to_rgb(style.readable(shade))) + 0.05) >= 4.5


def test_colours_are_fixed() -> None:
    """A group has one colour in every chart, whatever other groups there are."""
    assert style.COLOURS["fsw"] == "#D55E00" and style.COLOURS["clients"] == "#0072B2"
    everyone = sheet("prevalence").figure.axes
    alone = sheet("prevalence", flat("prevalence", "men", {2000: 0.1, 2001: 0.2})).figure.axes
    assert [ax.lines[0].get_color() for ax in everyone] == [
        style.COLOURS[g] for g in ("fsw", "clients", "women", "men")
    ]
    assert [ax.lines[0].get_color() for ax in alone] == [style.COLOURS["men"]]
    kinds = sheet("condom_use").figure.axes[0]
    drawn = [line.get_color() for line in kinds.lines if line.get_linewidth() == style.LINE]
    assert drawn == [style.COLOURS[kind] for kind in partners.KINDS]


@pytest.mark.parametrize("name", OF_RUN)
def test_values_start_at_zero(name: str) -> None:
    """No axis is cut."""
    assert all(ax.get_ylim()[0] == 0 for ax in sheet(name).figure.axes)


# --- little or nothing to draw ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OF_RUN)
def test_one_seed(name: str) -> None:
    """The caption does not speak of a band."""
    caption = sheet(name, fake.frame(seeds=(1,))).text.caption
    assert "seeds" not in caption and "ne simulation" in caption


def test_many_runs_leave_out_the_outermost() -> None:
    """The band is named for what it is."""
    frame = pd.concat([flat("prevalence", "fsw", {2000: k / 1000}).assign(seed=k) for k in range(101)])
    assert "middle 95 % of 101 seeds" in plain(tables.band_words(frame))
    band = tables.bands(frame, "prevalence", ("fsw",))["fsw"]
    assert (band.low[0], band.middle[0], band.high[0]) == pytest.approx((0.0025, 0.05, 0.0975))


def test_one_pair_has_no_interval() -> None:
    """And the caption says so."""
    one = compared("infections_averted", fake.comparison(seeds=(1,)))
    assert "no interval" in one.text.caption
    assert one.text.title.startswith("In one pair of simulations, \u201c")
    assert one.table["low"].isna().all() and one.table["averted"].notna().all()


@pytest.mark.parametrize(("name", "said"), [
    ("prevalence", "Nobody lives with HIV in Cotonou"), ("incidence", "Nobody acquires HIV in Cotonou"),
    ("cascade", "Nobody living with HIV in Cotonou is on treatment"), ("condom_use", "Nobody in Cotonou uses condoms"),
    ("who_infects_whom", "No new HIV infections in Cotonou"),
])  # fmt: skip
def test_zero(name: str, said: str) -> None:
    """A title for nothing at all."""
    assert sheet(name, fake.frame(seeds=(1,)).assign(value=0.0)).text.title == said


def test_zero_infections_compared() -> None:
    """No share of nothing."""
    c = fake.comparison()
    c.results.table = c.results.table.assign(value=0.0)
    assert compared("infections_averted", c).text.title == "No lever clearly averts HIV infections"
    assert compared("infections_per_year", c).text.title == "No new HIV infections"


def test_missing_groups_and_years() -> None:
    """A group without numbers has no panel; a ratio without a value leaves its year out."""
    frame = fake.frame()
    frame = frame[~frame["group"].isin(["fsw", "men"])]
    frame.loc[(frame["group"] == "clients") & (frame["year"] < 1990), "value"] = np.nan
    one = sheet("prevalence", frame)
    assert [ax.get_title(loc="left") for ax in one.figure.axes] == ["Clients", "Other women"]
    assert one.text.title.startswith("HIV among clients in Cotonou")
    assert one.table.loc[one.table["group"] == "clients", "year"].min() == 1990


def test_empty_results(tmp_path: Path) -> None:
    """Nothing is drawn, and nothing fails."""
    empty = fake.Results(fake.frame().head(0))
    assert draw_run(tmp_path, empty, fake.scenario()) == []
    alone = fake.comparison({})
    alone.results.table = alone.results.table[alone.results.table["measure"] == "prevalence"]
    assert draw_comparison(tmp_path, alone) == []  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_numbers_in_words() -> None:
    """Rounded as a reader would say them."""
    shares = {
        0.5234: "52 %",
        0.0996: "10 %",
        0.0521: "5.2 %",
        0.00521: "0.52 %",
        0.0: "0 %",
        0.00001: "0 %",
        -0.05: "\u22125.0 %",
    }
    assert [plain(words.percent(share)) for share in shares] == list(shares.values())
    counts = {1234.0: "1,230", 456.4: "456", 3.0: "3", 2.5: "2.5", -0.01: "0", -1500.0: "\u22121,500"}
    assert [words.count(number) for number in counts] == list(counts.values())
    assert [words.about(number) for number in (1234.0, 96.0, 12_345_678.0)] == ["about 1,200", "96", "about 12,000,000"]
    assert [words.listing(parts) for parts in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
