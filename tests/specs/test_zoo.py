"""The collection as a whole: what every spec says, what is covered, and numbers that papers print."""

import csv
import re
from pathlib import Path

import pytest

import cellgraph as cg
from cellgraph.cli.listing import catalogue
from cellgraph.frameworks import runnable
from cellgraph.ops import FUNCTIONS
from cellgraph.spec import problems, summaries
from cellgraph.spec.form import SECTIONS
from cellgraph.spec.implementations import KEYS

ROOT = Path(__file__).parents[2]
FAMILIES = {"basic", "lstm", "gru", "minimal", "gated", "oscillator", "convolutional", "linear", "matrix-memory"}


@pytest.mark.parametrize("name", cg.cells())
def test_every_spec_is_in_order(name: str) -> None:
    """No problem and no warning, its own name and folder, words in both languages, a source, and an expected count."""
    assert problems(name) == ()
    cell = cg.load(name)
    (path,) = (ROOT / "specs").rglob(f"{name}.yaml")
    assert (cell.name, cell.family) == (name, path.parent.name)
    assert set(cell.title) == {"en", "zh"}
    assert cell.reference
    assert cell.expects
    for words in (cell.note, *cell.labels.values()):
        assert set(words) in ({"en", "zh"}, set())


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
    named = {found.name for cell in map(cg.load, cg.cells()) for found in cell.implementations}
    assert {f"torchrecurrent.{name}{suffix}" for name in cells for suffix in ("", "Cell")} <= named


def test_the_reference_of_the_format_names_every_operation_and_section() -> None:
    text = (ROOT / "specs" / "README.md").read_text(encoding="utf-8")
    table = text.partition("<!-- operations -->")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z]+)", table)) == set(FUNCTIONS)
    assert set(SECTIONS) | set(KEYS) <= set(re.findall(r"`(\w+)`", text))


@pytest.mark.parametrize(
    ("name", "hidden", "printed"),
    [("lstm-peephole", 195, "169.1"), ("gru", 227, "168.9"), ("rnn", 400, "168.4")],
)
def test_chung_2014_speech(name: str, hidden: int, printed: str) -> None:
    """Table 1 of arXiv:1412.3555, in thousands, for 20 samples of speech as input; its LSTM has peepholes.

    The table is quoted from memory and was not looked up; the LSTM without peepholes would have 168.5.
    """
    assert f"{cg.params(cg.load(name), m=20, n=hidden).total / 1000:.1f}" == printed
    assert f"{cg.params(cg.load('lstm'), m=20, n=195).total / 1000:.1f}" == "168.5"


def test_sak_2014() -> None:
    """n_c n_r 4 + n_i n_c 4 + n_c n_r + n_c 3 without biases and outputs: arXiv:1402.1128, section 2, from memory."""
    i, c, r = 40, 2048, 512
    total = cg.params(cg.load("lstm-projection-peephole"), m=i, n=c, p=r).total
    assert total - 4 * c == 4 * c * r + 4 * i * c + c * r + 3 * c


def test_sutskever_2014() -> None:
    """Four layers of 1000 cells, as encoder and decoder: 64M recurrent weights in arXiv:1409.3215, section 3.4.

    From memory: 32M for the encoder and 32M for the decoder, and 8000 real numbers of state; not looked up.
    """
    cell = cg.load("lstm")
    recurrent = 4 * sum(1000 * (1000 + 1000) for _ in range(4))
    assert cg.params(cell, m=1000, n=1000).total * 4 == recurrent + 4 * 4 * 1000
    assert recurrent == 32_000_000
    assert 4 * 1000 * len(cell.carries) == 8000


def test_dey_and_salem_2017() -> None:
    """The variants save what arXiv:1701.05923 says: 2nm, 2(nm + n) and 2(nm + n²) parameters of the GRU's."""
    m, n = 28, 100
    counts = {name: cg.params(cg.load(name), m=m, n=n).total for name in ("gru", "gru-dey-1", "gru-dey-2", "gru-dey-3")}
    saved = [counts["gru"] - counts[f"gru-dey-{k}"] for k in (1, 2, 3)]
    assert saved == [2 * n * m, 2 * (n * m + n), 2 * (n * m + n * n)]


def test_the_list_says_what_a_cell_was_run_beside() -> None:
    """Libraries that verify runs, libraries of which a run is recorded, or equations only."""
    said = {row["name"]: row["verified against"] for row in csv.DictReader(catalogue(None, "csv", "en").splitlines())}
    assert said["lstm"] == "torch, keras, flax, onnx"
    assert said["mamba"] == "transformers, mamba_ref (recorded)"
    assert said["gla"] == "fla (recorded)"
    assert said["gru-dey-1"] == "equations only"


def test_a_spec_names_every_recorded_run_that_it_is_compared_with() -> None:
    named = {(cell, run) for cell in cg.cells() for run in cg.load(cell).recorded}
    files = {path.stem for path in (ROOT / "tests" / "vectors").glob("*.npz")}
    assert {run for _, run in named} == files


def test_a_reference_claims_no_run_that_there_is_not() -> None:
    """Confirmed by running: then a class is run beside the cell itself, or a run is recorded."""
    for cell in map(cg.load, cg.cells()):
        run = cell.recorded or any(runnable(found.name) for found in cell.implementations)
        assert ("; confirmed by running" in cell.reference) <= bool(run), cell.name
        assert not run or not re.search(r"not run\b", cell.reference), cell.name
