"""The JSON Schema for editors, held against the table of sections and against every spec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from laws import over
from ruamel.yaml import YAML

from cellgraph import spec
from cellgraph.implementations.block_layout import KINDS
from cellgraph.names import CELL_NAME, LENGTH, NAME
from cellgraph.spec import implementations, library, readers, source
from cellgraph.spec.sections import SECTIONS

SCHEMA: dict[str, Any] = json.loads(library.schema_text())
CHECK = jsonschema.Draft7Validator(SCHEMA)
OF_FORM = ("E_SECTION", "E_SECTION_TYPE", "E_NUMBER", "E_SHAPE_FORM", "E_NAME_CHAR", "E_LANGUAGE", "E_YAML_SYNTAX")
BAD = Path(__file__).parent.parent / "bad"


def plain(text: str) -> Any:
    """The spec as an editor reads it, with YAML 1.2's own numbers and truth values."""
    return YAML(typ="safe", pure=True).load(text)


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_sections_are_those_of_the_table() -> None:
    assert list(SCHEMA["properties"]) == list(SECTIONS)
    assert SCHEMA["required"] == [section.key for section in SECTIONS.values() if section.required]
    assert SCHEMA["additionalProperties"] is False


def test_choices_are_those_of_the_code() -> None:
    definitions = SCHEMA["definitions"]
    assert tuple(definitions["words"]["anyOf"][1]["properties"]) == readers.LANGUAGES
    assert tuple(SCHEMA["properties"]["expects"]["properties"]) == readers.EXPECTED
    assert tuple(definitions["implementation"]["properties"]) == implementations.KEYS
    assert set(definitions["block"]["anyOf"][2]["properties"]) == set(KINDS)
    assert definitions["shapes"]["additionalProperties"]["maxItems"] == readers.RANK
    for pattern, rule in ((SCHEMA["properties"]["name"], CELL_NAME), (definitions["quantity"], NAME)):
        assert pattern["pattern"].replace("(?:", "(").strip("^$") == rule.pattern.replace("(?:", "(")
        assert pattern["maxLength"] == LENGTH


def test_everything_is_described() -> None:
    for key, section in SCHEMA["properties"].items():
        assert section["description"].endswith("."), key


@over(spec.cells())
def test_every_spec_is_valid(name: str) -> None:
    assert [error.message for error in CHECK.iter_errors(plain(source.text(name).text))] == []


@pytest.mark.parametrize("key", SECTIONS)
def test_the_example_of_every_section_is_valid_and_read(key: str) -> None:
    example = SECTIONS[key].example
    example = f"{key}: |\n  h = tanh(h[t-1])\n" if example.endswith("|") else example + "\n"
    anything = jsonschema.Draft7Validator({**SCHEMA, "required": []})
    assert not list(anything.iter_errors(plain(example)))
    assert not [p for p in spec.problems_of_text(example) if p.code in OF_FORM]


@pytest.mark.parametrize(
    "name",
    "a05_top_list b23_null_section g37_shape_nested g39_shape_null h01_path_traversal i22_dunder j04_missing_states "
    "j07_empty_equations j11_params_list j12_states_list j13_dims_list k02_unknown_section k26_too_many_axes "
    "k35_language k36_year k69_states_empty".split(),
)
def test_mistakes_of_form_are_seen_in_an_editor_too(name: str) -> None:
    assert list(CHECK.iter_errors(plain((BAD / f"{name}.yaml").read_text(encoding="utf-8"))))
