"""The collection as a whole: what every spec says, what is covered, and numbers that papers print."""

import csv
import re
from pathlib import Path

from laws import over
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.cli.listing import catalogue
from cellgraph.frameworks import runnable
from cellgraph.spec import problems, summaries
from cellgraph.views import shown

ROOT = Path(__file__).parents[2]
FAMILIES = {"basic", "lstm", "gru", "minimal", "gated", "oscillator", "convolutional", "linear", "matrix-memory"}


@over(cg.cells())
def test_every_spec_is_in_order(name: str) -> None:
    """No problem and no warning, its own name and folder, words in both languages, a source, and an expected count."""
    assert problems(name) == ()
    cell = cell_of(name)
    (path,) = (ROOT / "specs").rglob(f"{name}.yaml")
    assert (cell.name, cell.family) == (name, path.parent.name)
    assert set(cell.title) == {"en", "zh"}
    assert cell.reference
    assert cell.expects
    for words in (cell.note, *cell.labels.values()):
        assert set(words) in ({"en", "zh"}, set())


def test_a_variant_says_what_it_changes_and_why() -> None:
    """A variant carries the name of what it varies."""
    variants = [name for name in cg.cells() if any(name.startswith(f"{base}-") for base in cg.cells())]
    assert len(variants) > 70
    reason = re.compile(r"\b(so|because|which|for|as|in the form|where|by|in place of)\b|, to \w|[:;]")
    assert [name for name in variants if not reason.search(cell_of(name).note["en"])] == []


def test_the_collection_is_large_and_every_family_is_there() -> None:
    assert len(cg.cells()) >= 150
    assert {summary.family for summary in summaries()} == FAMILIES


def test_every_class_of_torchrecurrent_has_a_spec() -> None:
    """Those of version 0.2.5, as its package exports them: cells, and layers, which have the name without 'Cell'."""
    cells = """AntisymmetricRNN GatedAntisymmetricRNN NBR BR CFN DSGU FastRNN FastGRNN ATR IndRNN IntersectionRNN JANET
        LEM LiGRU LightRU MCLSTM MGU MinimalRNN MiRU1 MiRU2 MultiplicativeLSTM MUT1 MUT2 MUT3 NAS
        OriginalLSTM PeepholeLSTM RAN ResLSTM coRNN SCRN SGU SGRN STAR tauGRU TRNN TGRU TLSTM UGRNN
        UnICORNN WMCLSTM""".split()
    assert len(cells) == 41
    named = {found.name for cell in map(cell_of, EVERY) for found in cell.implementations}
    assert {f"torchrecurrent.{name}{suffix}" for name in cells for suffix in ("", "Cell")} <= named


def test_the_list_says_what_a_cell_was_run_beside() -> None:
    """Libraries that verify runs, libraries of which a run is recorded, or equations only."""
    table = csv.DictReader(shown(catalogue(None), "csv", "en").splitlines())
    said = {row["name"]: row["verified against"] for row in table}
    assert said["lstm"] == "torch, keras, flax, onnx"
    assert said["mamba"] == "transformers, mamba_ref (recorded)"
    assert said["gla"] == "fla (recorded)"
    assert said["gru-dey-1"] == "thirdparty (recorded)"


def test_a_spec_names_every_recorded_run_that_it_is_compared_with() -> None:
    named = {(cell, run) for cell in cg.cells() for run in cell_of(cell).recorded}
    files = {path.stem for path in (ROOT / "tests" / "vectors").glob("*.npz")}
    assert {run for _, run in named} == files


def test_a_reference_claims_no_run_that_there_is_not() -> None:
    """Confirmed by running: then a class is run beside the cell itself, or a run is recorded."""
    for cell in map(cell_of, EVERY):
        run = cell.recorded or any(runnable(found.name) for found in cell.implementations)
        assert ("; confirmed by running" in cell.reference) <= bool(run), cell.name
        assert not run or not re.search(r"not run\b", cell.reference), cell.name
