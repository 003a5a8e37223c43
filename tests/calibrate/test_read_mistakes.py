"""Each mistake in a calibration file as a user reads it: one message, with the place of what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibrate.conftest import Write
from swmodel.calibrate.read import read_calibration
from swmodel.scenario.problems import ScenarioError

RATE = "of: transmission.infection_rate"
ENDS = "from: 0.1 per year, to: 0.6 per year"
FACTOR = "factor: true, from: 0.5, to: 2"
MEN = f"men: {{{RATE}, labels: [men], {ENDS}}}"
WOMEN = f"women: {{{RATE}, labels: [women], {ENDS}}}"


def priors(*lines: str) -> dict[str, str]:
    """A calibration with these priors."""
    return {"priors": "\n  ".join(["priors:", *lines])}


def targets(*lines: str) -> dict[str, str]:
    """A calibration with these targets."""
    return {"targets": "\n  - ".join(["targets:", *lines])}


def survey(text: str) -> dict[str, str]:
    """A town with one survey more, which is fitted."""
    return {"surveys": f"  - {{{text}}}\n"}


# What is wrong -> the parts of the files, the text at the place of the problem, and the message.
MISTAKES: dict[str, tuple[dict[str, str], str, str]] = {
    # --- the file as a whole
    "unknown key": ({"title": "titel: A fit"}, "titel", "unknown name 'titel' in a calibration; allowed: extends, "
                    "title, scenario, simulation, priors, order, sums, targets, search; did you mean 'title'?"),
    "a title that is a number": ({"title": "title: 2017"}, "2017", "title must be text; got 2017"),
    "no scenario": ({"scenario": ""}, "title", "'scenario' is missing in a calibration"),
    "no priors": ({"priors": ""}, "title", "'priors' is missing in a calibration"),
    "no targets": ({"targets": ""}, "title", "'targets' is missing in a calibration"),
    "another scenario": ({"scenario": "scenario: twon.yaml"}, "twon.yaml",
                         "scenario names a file that does not exist; got 'twon.yaml'"),
    "unknown simulation": ({"simulation": "simulation: {peeple: 200}"}, "peeple", "unknown name 'peeple' in "
                           "simulation; allowed: people, stop, seed; did you mean 'people'?"),
    "people in words": ({"simulation": "simulation: {people: many}"}, "many", "simulation.people must be a number"),
    "half a person": ({"simulation": "simulation: {people: 200.5}"}, "200.5", "people"),
    # --- priors
    "no prior": (priors("{}"), "{}", "priors is empty; nothing would be fitted"),
    "a prior that is a number": (priors("men: 3"), "3", "priors.men must be a mapping of names to values; got 3"),
    "unknown parameter": (priors(MEN.replace("infection_rate", "infection_rat")), "transmission.infection_rat,",
                          "priors.men.of is not known; got 'transmission.infection_rat'; allowed: "),
    "the nearest name": (priors(MEN.replace("infection_rate", "infection_rat")), "transmission.infection_rat,",
                         "did you mean 'transmission.infection_rate'?"),
    "unknown key of a prior": (priors(MEN.replace("labels", "lables")), "lables",
                               "unknown name 'lables' in priors.men; allowed: of, bias, labels, years, factor, form, "
                               "shape, from, to, source; did you mean 'labels'?"),
    "no end": (priors(f"men: {{{RATE}, from: 0.1 per year}}"), "{of", "'to' is missing in priors.men"),
    "no parameter": (priors(f"men: {{{ENDS}}}"), "{from",
                     "priors.men needs 'of: section.parameter', or 'bias: true'"),
    "a parameter and a bias": (priors(MEN.replace("{of", "{bias: true, of")), "true",
                               "priors.men is of a parameter and a bias; give one of them"),
    "a bias that is none": (priors(MEN, "under: {bias: maybe, from: -1, to: 1}"), "maybe",
                            "priors.under"),
    "a bias of a label": (priors(MEN, "under: {bias: true, labels: [fsw], from: -1, to: 1}"), "fsw]",
                          "priors.under is one value for everybody; it cannot differ by label"),
    "a bias of a year": (priors(MEN, "under: {bias: true, years: [2000], from: -1, to: 1}"), "2000]", "priors.under"),
    "a bias beyond reason": (priors(MEN, "under: {bias: true, from: -1, to: 50}"), "50",
                             "priors.under.to is out of range; got 50"),
    "beyond the range": (priors(MEN.replace("0.6", "7")), "7 per year",
                         "priors.men.to is out of range; got '7 per year'; allowed: 0 to 5 per year"),
    "no unit": (priors(MEN.replace("0.6 per year", "0.6")), "0.6", "priors.men.to needs a unit"),
    "a factor out of range": (priors(MEN.replace(ENDS, "factor: true, from: 0.5, to: 101")), "{of",
                              "with this factor infection_rate goes from 0.025 to 5.05, out of its range; "
                              "allowed: 0 to 5 per year"),
    "a factor below nothing": (priors(MEN.replace(ENDS, "factor: true, from: -1, to: 2")), "-1",
                               "priors.men.from is out of range; got -1; allowed: 0 or more"),
    "a factor that is none": (priors(MEN.replace(ENDS, f"factor: maybe, {ENDS}")), "maybe",
                              "priors.men.factor must be true or false; got 'maybe'; allowed: true, false"),
    "from above to": (priors(MEN.replace("0.1", "0.9")), "{of", "men: a prior from 0.9 to 0.6 holds nothing"),
    "unknown form": (priors(MEN.replace("}", ", form: gauss}")), "gauss", "priors.men.form is not known; got 'gauss'; "
                     "allowed: uniform, log_uniform, triangular, normal, log_normal, beta"),
    "no shape": (priors(MEN.replace("}", ", form: normal}")), "{of", "men: a normal prior takes 2 numbers, not 0"),
    "all of it elsewhere": (priors(MEN.replace("}", ", form: normal, shape: [60, 0.1]}")), "{of",
                            "men: the prior lies outside 0.1 to 0.6"),
    "unknown label": (priors(MEN.replace("[men]", "[man]")), "man]",
                      "unknown label in priors.men; got 'man'; allowed: women, men, clients, street, venue"),
    "the nearest label": (priors(MEN.replace("[men]", "[fws]")), "fws", "did you mean 'fsw'?"),
    "no years there": (priors(MEN.replace("[men]", "[men], years: [2000]")), "{of",
                       "infection_rate of men has no years in the scenario, so 'years' cannot be fitted"),
    "no such year": (priors(f"w: {{{RATE}, labels: [fsw], years: [2001], {FACTOR}}}"), "{of",
                     "infection_rate of fsw has no value in 2001; allowed: 2000, 2004"),
    "a year that cannot be": (priors(f"w: {{{RATE}, labels: [fsw], years: [20], {ENDS}}}"), "20]",
                              "priors.w.years is out of range; got 20; allowed: 1900 to 2200"),
    "the same number twice": (priors(MEN, MEN.replace("men:", "again:", 1)), "again",
                              "'again' and 'men' set the same number, infection_rate"),
    "everyone and the men": (priors(MEN, f"all: {{{RATE}, {ENDS}}}"), "all",
                             "'all' and 'men' set the same number, infection_rate"),
    "a name twice": (priors(MEN, MEN), "men: {of", "the key 'men' is given twice; first on line 5"),
    # --- constraints
    "an order of nobody": ({"order": "order: [[workers, men]]"}, "men]]",
                           "order is not known; got 'men'; allowed: workers, buyers"),
    "a sum of nobody": ({"sums": "sums: [{of: [workers, byers], most: 3}]"}, "byers",
                        "of is not known; got 'byers'; allowed: workers, buyers; did you mean 'buyers'?"),
    "a sum of no amount": ({"sums": "sums: [{of: [workers, buyers]}]"}, "{of: [workers", "'most' is missing in a sum"),
    "a sum that cannot be": ({"sums": "sums: [{of: [workers, buyers], most: -1}]"}, "[{of: [workers",
                             "the constraints leave next to nothing of the priors"),
    "an order that cannot be": (priors(f"men: {{{RATE}, labels: [men], from: 1 per year, to: 2 per year}}", WOMEN)
                                | {"order": "order: [[men, women]]"}, "[[men",
                                "the constraints leave next to nothing of the priors"),
    # --- targets
    "nothing to fit to": ({"targets": "targets: []"}, "[]", "targets"),
    "unknown measure": (targets("{measure: prevalense}"), "prevalense",
                        "the target's measure is not known; got 'prevalense'; allowed: prevalence; "
                        "did you mean 'prevalence'?"),
    "a measure without a survey": (targets("{measure: incidence}"), "incidence",
                                   "the target's measure is not known; got 'incidence'; allowed: prevalence"),
    "a group without a survey": (targets("{measure: prevalence, group: men}"), "men}",
                                 "the target's group is not known; got 'men'; allowed: fsw, clients"),
    "years without a survey": (targets("{measure: prevalence, group: fsw, from: 2003, until: 2004}"), "{measure",
                               "no survey of the scenario is of prevalence as this says; allowed: prevalence of "
                               "clients, prevalence of fsw"),
    "a rule for nothing": (targets("{measure: prevalence}", "{measure: prevalence, group: fsw}"),
                           "{measure: prevalence, group", "no survey of the scenario is of prevalence as this says"),
    "unknown key of a target": (targets("{measure: prevalence, spraed: 1}"), "spraed",
                                "unknown name 'spraed' in a target; allowed: measure, group, age, ratio, from, "
                                "until, design_effect, spread, bias, source; did you mean 'spread'?"),
    "no measure": (targets("{group: fsw}"), "{group", "'measure' is missing in a target"),
    "unknown bias": (targets("{measure: prevalence, bias: buyers}"), "buyers}", "bias is not known; got 'buyers'"),
    "a spread beyond reason": (targets("{measure: prevalence, spread: 11}"), "11",
                               "spread is out of range; got 11; allowed: 0 to 10"),
    "a design effect below 1": (targets("{measure: prevalence, design_effect: 0.5}"), "0.5",
                                "design_effect is out of range; got 0.5; allowed: 1 to 100"),
    "a year that is not run": ({"simulation": "simulation: {people: 200, stop: 2005}"}
                               | targets("{measure: prevalence, group: fsw}"), "{measure",
                               "the run from 2000 to 2005 does not cover the whole year of prevalence of fsw, 2005; "
                               "give 'until', or another 'stop'"),
    "nobody counted": (survey("measure: prevalence, group: women, year: 2002, estimate: 0.1"), "{measure: prevalence}",
                       "the survey of prevalence of women, 2002 gives no n, or low and high, so nothing says how sure "
                       "it is"),
    "a number with no interval": (survey("measure: new_infections, group: all, year: 2002, estimate: 20")
                                  | targets("{measure: new_infections}"), "{measure",
                                  "the survey of new_infections of all, 2002 gives no low and high, so nothing says"),
    "no width": (survey("measure: prevalence, group: women, year: 2002, low: 0.2, high: 0.2"), "{measure: prevalence}",
                 "the interval of prevalence of women, 2002 has no width"),
    "an interval from nothing": (survey("measure: new_infections, group: all, year: 2002, low: 0, high: 20")
                                 | targets("{measure: new_infections}"), "{measure", "new_infections of all, 2002"),
    "a design effect of everybody": (survey("measure: prevalence, group: women, year: 2002, estimate: 0.5, n: 2, "
                                            "design_effect: 3"), "{measure: prevalence}",
                                     "a design effect of 3 is impossible with 2 people asked (prevalence of women, "
                                     "2002)"),
    "a rule for ratios alone": (targets("{measure: prevalence}", "{measure: prevalence, ratio: true}"),
                                "{measure: prevalence, ratio", "no survey of the scenario is of prevalence as this"),
    "one age": (targets("{measure: prevalence, age: 20}"), "20}",
                "age must be a list of two ages, the first below the second; got 20; allowed: such as [20, 25]"),
    "ages the wrong way round": (targets("{measure: prevalence, age: [25, 20]}"), "[25",
                                 "age must be a list of two ages, the first below the second"),
    "an age below 18": (targets("{measure: prevalence, age: [15, 25]}"), "15",
                        "age is out of range; got 15; allowed: 18 to 120"),
    "ages of no survey": (targets("{measure: prevalence}", "{measure: prevalence, age: [20, 25]}"),
                          "{measure: prevalence, age", "no survey of the scenario is of prevalence as this"),
    "a ratio that is none": (targets("{measure: prevalence, ratio: maybe}"), "maybe",
                             "ratio must be true or false; got 'maybe'; allowed: true, false"),
    "a ratio to a year outside": (survey("measure: prevalence, group: fsw, year: 2004, estimate: 0.7, low: 0.5, high: "
                                         "0.9, relative_to: {year: 1998}")
                                  | targets("{measure: prevalence, ratio: true}"), "{measure", "the run from 2000 to "
                                  "2006 does not cover the whole year of prevalence of fsw, 2004, relative to 1998"),
    "an age that cannot be asked": (survey("measure: incidence, group: all, year: 2002, low: 0.01, high: 0.03, "
                                           "age: [18, 25]") | targets("{measure: incidence}"), "{measure",
                                    "incidence of all aged 18 to 24, 2002"),
    # --- the search
    "unknown method": ({"search": "search: {method: wave}"}, "wave}", "search.method is not known; got 'wave'; "
                       "allowed: waves, imis, abc; did you mean 'waves'?"),
    "unknown key of the search": ({"search": "search: {frist: 3}"}, "frist",
                                  "unknown name 'frist' in search; allowed: method, first, batch, repeats, most, "),
    "no first runs": ({"search": "search: {first: 0}"}, "0}", "search.first is out of range; got 0; allowed: a whole "
                      "number, 1 or more"),
    "half a run": ({"search": "search: {batch: 2.5}"}, "2.5", "search.batch must be a whole number; got 2.5"),
    "fewer than none": ({"search": "search: {repeats: -1}"}, "-1", "search.repeats is out of range"),
    "too few runs for an emulator": ({"search": "search: {first: 9}"}, "9}", "search.first"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes(mistake: str, write: Write) -> None:
    """One problem, at the place of what is wrong, in these words. Exact."""
    parts, at, message = MISTAKES[mistake]
    path = write(**parts)
    with pytest.raises(ScenarioError) as caught:
        read_calibration(path)
    problems = caught.value.problems
    assert len(problems) == 1, str(caught.value)
    (problem,) = problems
    assert message in problem.message
    assert problem.file == "fit.yaml"
    line = path.read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith(at)


def test_the_place_of_the_second(write: Write) -> None:
    """Of two that set the same number the second is named, though it stands in another place. Exact."""
    path = write(**priors(MEN, WOMEN, f"both: {{{RATE}, labels: [women, men], {ENDS}}}"))
    with pytest.raises(ScenarioError) as caught:
        read_calibration(path)
    assert [(p.line, p.column) for p in caught.value.problems] == [(7, 3), (7, 3)]
    assert {p.message.partition(" set")[0] for p in caught.value.problems} == {"'both' and 'men'", "'both' and 'women'"}


def test_other_files(write: Write) -> None:
    """A file that is not there, is not YAML, or is a scenario, and a scenario with a problem of its own. Exact."""
    with pytest.raises(ScenarioError, match=r"^nowhere\.yaml:1:1: the file cannot be read; No such file or directory"):
        read_calibration("nowhere.yaml")
    path = write()
    Path("torn.yaml").write_text("priors: [", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"^torn\.yaml:\d+:\d+: this is not YAML"):
        read_calibration("torn.yaml")
    with pytest.raises(ScenarioError, match=r"unknown name 'work_settings' in a calibration"):
        read_calibration("town.yaml")
    town = Path("town.yaml").read_text(encoding="utf-8")
    Path("town.yaml").write_text(town.replace("0.05 per year", "50 per year"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"^town\.yaml:10:12: .*out of range; got '50 per year'"):
        read_calibration(path)
