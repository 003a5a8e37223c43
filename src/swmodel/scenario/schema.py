"""The JSON Schema (draft 2020-12) of scenario files, made from the declarations, for completion and help in an editor.

It is looser than `load`: names of work settings are free, and what depends on several values at once is left to `load`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from swmodel import codes
from swmodel.declare import Param, Process, dimensions
from swmodel.layout import EVERYONE, WORDS, Layout
from swmodel.pathways import GRADES
from swmodel.scenario import declarations as declared
from swmodel.scenario import sections
from swmodel.scenario.check import span
from swmodel.scenario.declarations import REACH, Declarations, Extension
from swmodel.scenario.describe import by_words, value_words
from swmodel.scenario.quantities import FIRST_YEAR, LAST_YEAR
from swmodel.units import NEEDS_UNIT, SINGULAR, UNITS, dimension, same_dimension

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DIGITS = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
YEAR_KEY = r"^(19|20|21|22)[0-9]{2}(\.[0-9]*)?$"
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}


def schema(extensions: Sequence[Extension] = (), declarations: Declarations | None = None) -> dict[str, Any]:
    """The schema for the model as shipped, with extensions. `declarations` replaces those of the model."""
    known = (declarations if declarations is not None else declared.core()).extended(extensions)
    return {
        "$schema": DRAFT,
        "title": "A scenario of swmodel",
        "description": "A setting, or the values and interventions that differ from the setting it extends.",
        "type": "object",
        "additionalProperties": False,
        "properties": top_level(known),
        "$defs": definitions(
            [*known.parameters.values(), *(p for one in known.interventions.values() for p in one.params)]
        ),
    }


def schema_text(extensions: Sequence[Extension] = (), declarations: Declarations | None = None) -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(extensions, declarations), indent=1, ensure_ascii=False) + "\n"


def top_level(known: Declarations) -> dict[str, Any]:
    """The keys of a scenario file."""
    parameters = {
        section: block({name: parameter(p) for name, p in params.items()}, f"Parameters of {section.replace('_', ' ')}")
        for section, params in known.sections.items()
    }
    names = {"type": "array", "items": TEXT}
    return {
        "extends": TEXT | {"description": "The scenario file that this one changes, relative to this file"},
        "title": TEXT | {"description": "A title for charts and reports"},
        "description": TEXT | {"description": "What the scenario asks, in a sentence or two"},
        "extensions": {
            "description": "Python files, relative to this file, or names of installed extensions",
            "anyOf": [TEXT, names],
        },
        "answers": names | {"description": "Rows of the Guidance Note that the scenario answers"},
        "evidence": {"enum": list(GRADES), "description": "How well the lever's effect is known"},
        "posterior": TEXT | {"description": "Folder of a fit, relative to this file, whose draws are run, or none"},
        "simulation": simulation(),
        "sites": names | {"description": "Towns, corridors, borders or ports; left out, one place without a name"},
        "occupations": names | {"description": "Occupations of men, by which clients differ; left out, none"},
        "work_settings": {
            "description": "Places of sex work: a list, or the population that works in each",
            "anyOf": [
                names | {"minItems": 1},
                {"type": "object", "additionalProperties": {"enum": list(codes.SELLING)}, "minProperties": 1},
            ],
        },
        "pair_kinds": {
            "description": "Kinds of pair beside the standard ones, each of a form and for some groups",
            "type": "object",
            "additionalProperties": block(
                {"form": {"enum": list(codes.FORMS[codes.STEADY : codes.NEEDLE])}, "of": {"anyOf": [TEXT, names]}},
                "A kind of pair",
            )
            | {"required": ["form", "of"]},
        },
        "groups": {
            "description": "Unions of groups that results and targets may name",
            "type": "object",
            "additionalProperties": {"anyOf": [TEXT, names]},
        },
        "parameters": block(parameters, "Values that differ from the model's defaults"),
        "interventions": {
            "description": "What programmes do, when, and for whom",
            "type": "array",
            "items": {
                "anyOf": [
                    block({kind: lever(one)}, first_line(one)) | {"required": [kind]}
                    for kind, one in known.interventions.items()
                ]
            },
        },
        "surveys": surveys(known),
        "sources": block(
            {name: TEXT | {"description": f"Source of {name}"} for name in known.parameters},
            "Where values come from, by parameter",
        ),
    }


def simulation() -> dict[str, Any]:
    """The years, people and seeds of a run."""
    year = {"type": "number", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
    count = {"type": "integer", "minimum": 1}
    fields = {
        "start": year | {"description": "First year"},
        "stop": year | {"description": "Year at whose beginning the run ends"},
        "step": {"description": "Length of a time step", "default": "1 month", "$ref": "#/$defs/time"},
        "people": count
        | {"description": "Simulated adults at the start", "default": sections.DEFAULT_PEOPLE,
           "minimum": sections.FEWEST_PEOPLE, "maximum": sections.MOST_PEOPLE},
        "adults": {"type": "number", "minimum": 1, "description": "Real adults at the start, to scale results"},
        "seeds": count | {"description": "How many seeds are run", "default": sections.DEFAULT_SEEDS},
        "seed": {"type": "integer", "minimum": 0, "description": "The first seed", "default": sections.DEFAULT_SEED},
    }  # fmt: skip
    return block(fields, "Years, people and seeds")


def parameter(param: Param) -> dict[str, Any]:
    """One parameter: a number, a text with unit, a series over years, any of them by label, and with its source."""
    dim = dimension(param.unit)
    limits = {k: v for k, v in zip(("minimum", "maximum"), param.range, strict=True) if math.isfinite(v)}
    forms = [bare | limits if bare == NUMBER else bare for bare in without_unit(dim)]
    forms += [reference(dim), reference(f"{dim} series")]
    if along(param):
        forms.append(reference(f"{dim} by {along(param)}"))
    return {"description": description(param), "anyOf": [*forms, reference(sourced_name(dim, along(param)))]}


def without_unit(dim: str) -> list[dict[str, Any]]:
    """The forms of a value of one dimension that carry no unit."""
    if dim in NEEDS_UNIT:
        return []
    return [{"type": "boolean"}, NUMBER] if dim == "switch" else [NUMBER]


def reference(name: str) -> dict[str, Any]:
    """A reference to a definition."""
    return {"$ref": f"#/$defs/{name.replace(' ', '_')}"}


def along(param: Param) -> str:
    """The dimensions of a parameter, in the name of a definition."""
    return " by ".join(dimensions(param))


def sourced_name(dim: str, by: str) -> str:
    """The name of the definition of {value, source}."""
    return f"{dim} by {by} with source" if by else f"{dim} with source"


def definitions(params: Iterable[Param]) -> dict[str, Any]:
    """The forms that values of each dimension may take, shared by the parameters."""
    made: dict[str, Any] = {}
    for dim in dict.fromkeys(dim for dim, _ in UNITS.values()):
        single = [*without_unit(dim), reference(dim)]
        made[dim] = text_with_unit(dim)
        made[f"{dim} series"] = {
            "type": "object",
            "description": "A value for each of some years, in order; straight lines between them",
            "patternProperties": {YEAR_KEY: {"anyOf": single}},
            "additionalProperties": False,
            "minProperties": 1,
        }
        made[f"{dim} value"] = {"anyOf": [*single, reference(f"{dim} series")]}
        made[sourced_name(dim, "")] = sourced(reference(f"{dim} value"))
    for dim, by in dict.fromkeys((dimension(p.unit), along(p)) for p in params if p.by):
        value = {"anyOf": [reference(f"{dim} value"), reference(sourced_name(dim, ""))]}
        made[f"{dim} by {by}"] = labelled(by, value)
        either = {"anyOf": [reference(f"{dim} value"), reference(f"{dim} by {by}")]}
        made[sourced_name(dim, by)] = sourced(either)
    return {name.replace(" ", "_"): form for name, form in made.items()}


def sourced(value: dict[str, Any]) -> dict[str, Any]:
    """The form {value, source}."""
    fields = {"value": value, "source": TEXT | {"description": "Where the value comes from"}}
    return block(fields, "A value and where it comes from") | {"required": ["value"]}


def labelled(by: str, value: dict[str, Any]) -> dict[str, Any]:
    """A value for each label, of one dimension or of several in each other.

    A setting file declares groups, sites, occupations, work settings and kinds of pair of its own, so that any word may
    be a label of these. Labels of other dimensions are those of the code alone.
    """
    first, _, further = by.partition(" by ")
    inner = labelled(further, value) if further else value
    declared = {"group": WORDS, "pair_kind": codes.PAIR_KINDS[1:], "site": (), "occupation": (), "work_setting": ()}
    known = declared[first] if first in declared else Layout(()).labels(first)
    made = {"type": "object", "properties": dict.fromkeys([*known, EVERYONE], inner), "minProperties": 1}
    free = {"patternProperties": {"^[a-z][a-z0-9_:@]*$": inner}} if first in declared else {}
    return made | free | {"additionalProperties": False}


def description(param: Param) -> str:
    """What an editor shows for a parameter."""
    by = by_words(param)
    default = value_words(param, param.default)
    return (
        f"{param.doc}{by}. Unit: {param.unit}. Range: {span(*param.range)}. Default: {default}. Source: {param.source}."
    )


def lever(process: Process) -> dict[str, Any]:
    """The fields of one kind of intervention."""
    year = {"type": "number", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
    age = {"type": "number", "minimum": codes.ADULT_AGE}
    since = {"type": "number", "minimum": 0}
    some = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}
    target = {
        "group": some | {"description": "A group, a work setting, 'fsw', 'all', or a name under groups; or a list"},
        "setting": some | {"description": "Work settings, to reach only sex workers who work there"},
        "age": {
            "description": "[from, to] in years of age: from one birthday until the other",
            "type": "array", "prefixItems": [age, age], "items": False, "minItems": 2, "maxItems": 2,
        },
        "years_in_work": {
            "description": "[from, to] in years since somebody began to sell sex, to reach only such sex workers",
            "type": "array", "prefixItems": [since, since], "items": False, "minItems": 2, "maxItems": 2,
        },
    }  # fmt: skip
    fields = {
        "name": TEXT | {"description": "A name of its own, needed where a kind is used twice", "default": process.name},
        "start": year | {"description": "Year in which it starts"},
        "stop": year | {"description": "Year in which it stops; without it, it goes on"},
        "target": block(target, "Whom it may reach; everyone eligible by default"),
        **{param.name: parameter(param) for param in (*REACH, *process.params)},
    }
    return block(fields, f"{first_line(process)} Eligible: {process.eligible.replace('_', ' ')}.")


def surveys(known: Declarations) -> dict[str, Any]:
    """Survey estimates, or the file that holds them."""
    amount = {"anyOf": [{"type": ["number", "null"]}, {"$ref": "#/$defs/proportion"}]}
    fields = {
        "measure": {"enum": list(known.measures), "description": "The measure of the results that it estimates"},
        "group": TEXT | {"description": "A group of the results"},
        "year": {"type": "number"},
        "relative_to": block({"group": TEXT, "year": {"type": "number"}},
                             "The group or year whose number it is divided by: a ratio or a trend"),
        "estimate": amount, "low": amount, "high": amount,
        "n": {"type": ["integer", "null"], "minimum": 1, "description": "Sample size"},
        "age": {"type": "array", "items": {"type": "number", "minimum": 18}, "minItems": 2, "maxItems": 2,
                "description": "Ages [from, to) of those asked; everybody else"},
        "design_effect": {"type": "number", "minimum": 1, "description": "Variance relative to a simple sample"},
        "source": TEXT, "note": TEXT,
    }  # fmt: skip
    item = block(fields, "One survey estimate") | {"required": ["measure", "group", "year"]}
    return {"description": "Estimates to set beside the model", "anyOf": [TEXT, {"type": "array", "items": item}]}


def block(properties: dict[str, Any], text: str) -> dict[str, Any]:
    """A mapping with fixed names."""
    return {"description": text, "type": "object", "properties": properties, "additionalProperties": False}


def text_with_unit(dim: str) -> dict[str, Any]:
    """A number with a unit of one dimension, as text."""
    units = [*same_dimension(next(unit for unit, (d, _) in UNITS.items() if d == dim))]
    units += [one for one, many in SINGULAR.items() if UNITS[many][0] == dim]
    words = "|".join(units)
    return {"type": "string", "pattern": f"^{DIGITS} *({words})$", "description": f"A number and {', '.join(units)}"}


def first_line(process: Process) -> str:
    """The first sentence of what a process says about itself."""
    return process.doc.split("\n", 1)[0]
