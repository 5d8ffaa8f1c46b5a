"""Transforms: what they make equals the specs of that name, is a whole cell, and says what was changed and why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from zoo import cell_of

import cellgraph as cg
from cellgraph.cli.specs import TRANSFORMS
from cellgraph.derive.differences.difference import difference
from cellgraph.derive.differences.normal_form import normal_form, renaming
from cellgraph.graph import Cell, Function, size
from cellgraph.messages import chinese
from cellgraph.spec import problems_of_text
from cellgraph.spec.functions import standard
from cellgraph.transforms.resolve import load, parts, text
from cellgraph.transforms.table import TABLE, transformed
from cellgraph.transforms.transform import NotApplicable
from cellgraph.views.spec import spec

NAMED = {
    "lstm-peephole": "lstm+peephole",
    "lstm-cifg": "lstm+coupled",
    "lstm-cifg-peephole": "lstm+peephole+coupled",
    "lstm-projection": "lstm+projection",
    "lstm-projection-peephole": "lstm+projection+peephole",
    "lstm-layer-norm-per-gate": "lstm+layer-norm",
    "lstm-independent": "lstm+diagonal",
    "lstm-multiplicative-integration": "lstm+multiplicative-integration",
    "lstm-zoneout": "lstm+zoneout",
    "gru-independent": "gru+diagonal",
    "gru-multiplicative-integration": "gru+multiplicative-integration",
    "gru-zoneout": "gru-reset-after+zoneout",
    "rnn-layer-norm": "rnn+layer-norm",
    "rnn-multiplicative-integration": "rnn+multiplicative-integration",
    "rnn-zoneout": "rnn+zoneout",
    "indrnn": "rnn-relu+diagonal",
    "indrnn-tanh": "rnn+diagonal",
}
"""Specs that are another cell and a transform."""

SIZES = {"m": 3, "n": 4, "p": 2, "k": 6}
OTHERWISE = 5


def drawn(cell: Cell, seed: int = 0) -> dict[str, Any]:
    """Random arrays for every leaf, constants too, so that nothing agrees by chance; sizes all different."""
    rng = np.random.default_rng(seed)
    numbers = {size(dim): SIZES.get(dim, OTHERWISE) for dim in cell.dims}
    found = {}
    for quantity in cell.step.leaves:
        shape = [int(s.xreplace(numbers)) for s in quantity.shape or ()]
        found[quantity.symbol.name] = np.asarray(rng.uniform(0.2, 0.8, size=shape) * rng.choice([-1, 1], size=shape))
        if quantity.value is not None:
            found[quantity.symbol.name] = np.asarray(rng.uniform(0.1, 0.9))
    return found


@pytest.mark.parametrize("name", NAMED)
def test_a_transform_of_the_base_is_the_cell_of_that_name(name: str) -> None:
    """Equal up to names by the search for a difference, and in numbers: one step and all its cotangents."""
    made, named = cell_of(NAMED[name]), cell_of(name)
    found = difference(made, named)
    assert found.equivalent
    assert found.proved
    assert sp.expand(cg.params(made).formula - cg.params(named).formula.xreplace(_dims(named, made))) == 0
    names = {ours.name: theirs.name for ours, theirs in found.names.items()}
    ours = drawn(made)
    # Where a gate is used the other way round, 1 - σ(a) is σ(-a).
    around = {s.name for gate in found.flipped for s in made.step.definitions[gate].free_symbols}
    weights = {q.symbol.name for q in made.step.having("param")}
    signs = {leaf: -1 if leaf in around & weights else 1 for leaf in ours}
    theirs = {names[leaf]: signs[leaf] * array for leaf, array in ours.items() if leaf in names}
    assert set(theirs) == {q.symbol.name for q in named.step.leaves}
    one, two = cg.step(made, ours), cg.step(named, theirs)
    rng = np.random.default_rng(1)
    after = {made.carries[b].name: named.carries[sp.Symbol(names[b.name])].name for b in made.carries}
    seeds = {ours: rng.normal(size=one[ours].shape) for ours in after}
    for mine, other in after.items():
        assert one[mine] == pytest.approx(two[other], abs=1e-14)
    back, forth = cg.vjp(made, one, seeds), cg.vjp(named, two, {after[s]: seed for s, seed in seeds.items()})
    for leaf, gradient in back.items():
        assert gradient == pytest.approx(signs[leaf] * forth[names[leaf]], abs=1e-13), leaf


@pytest.mark.parametrize("name", ["rnn-layer-norm", "lstm-layer-norm-per-gate"])
def test_layer_normalisation_is_the_function_that_ships(name: str) -> None:
    def normalisations(cell: Cell) -> list[Function]:
        return [call.function for equation in cell.written.equations for call in equation.calls]

    made, named = normalisations(cell_of(NAMED[name])), normalisations(cell_of(name))
    assert made == named == [standard()["layer_norm"]] * len(made)
    assert len(made) == {"rnn-layer-norm": 1, "lstm-layer-norm-per-gate": 5}[name]


def test_a_projected_nas_cell_is_the_spec_of_that_name() -> None:
    """In numbers: its eight gates are too much alike for the search to tell them apart in little time."""
    made, named = cell_of("nas+projection"), cell_of("nas-projection")
    ours = drawn(made)
    theirs = {"W_hr" if leaf == "P" else leaf: array for leaf, array in ours.items()}
    one, two = cg.step(made, ours), cg.step(named, theirs)
    rng = np.random.default_rng(1)
    seeds = {after.name: rng.normal(size=one[after.name].shape) for after in made.carries.values()}
    back, forth = cg.vjp(made, one, seeds), cg.vjp(named, two, seeds)
    assert one["h"] == pytest.approx(two["h"], abs=1e-14)
    for leaf, gradient in back.items():
        assert gradient == pytest.approx(forth["W_hr" if leaf == "P" else leaf], abs=1e-13), leaf


def _dims(cell: Cell, like: Cell) -> dict[sp.Symbol, sp.Symbol]:
    """The sizes of a cell as another calls them."""
    return {size(d): size(o) for d, said in cell.dims.items() for o, also in like.dims.items() if said == also}


@pytest.mark.parametrize("row", TABLE)
def test_every_cell_takes_a_transform_or_says_why_not(row: str) -> None:
    """Other cells for each transform: every second cell meets one."""
    taken = 0
    for name in cg.cells()[2 * list(TABLE).index(row) :: 2 * len(TABLE)]:
        cell = cell_of(name)
        made = attempted(cell, row)
        if isinstance(made, NotApplicable):
            assert made.message.template in chinese(), name
            assert re.search("[\u4e00-\u9fff]", made.told("zh")), name
            assert "{" not in made.told("zh") + str(made), name
            continue
        taken += 1
        assert problems_of_text(spec(made)) == (), name
        assert_read_back(made)
        assert made.step != cell.step, name
        assert set(made.note) == set(made.title) == {"en", "zh"}, name
        assert "{" not in "".join((*made.note.values(), *made.title.values())), name
        assert made.reference.startswith(cell.reference), name
        assert_gradient(made)
    assert taken


def assert_read_back(cell: Cell) -> None:
    """The cell is the one that its own spec says, and in the same order."""
    again = cg.loads(spec(cell))
    assert again == cell, cell.name
    assert list(again.step.quantities) == list(cell.step.quantities), cell.name
    assert again.step.equations == cell.step.equations, cell.name
    assert spec(again) == spec(cell), cell.name


@pytest.mark.parametrize("name", [
    *NAMED.values(), "gru+layer-norm+stack=3", "lstm+projection+bidirectional", "lstm+peephole+stack+zoneout=train",
    "nas+projection", "lstm+bidirectional+zoneout",
])  # fmt: skip
def test_a_transformed_cell_is_the_one_that_its_spec_says(name: str) -> None:
    assert_read_back(cell_of(name))


def attempted(cell: Cell, row: str) -> Cell | NotApplicable:
    """The transformed cell, or why there is none."""
    try:
        return transformed(cell, row)
    except NotApplicable as refused:
        return refused


def assert_gradient(cell: Cell) -> None:
    """The cotangents of a step along one direction against a central difference."""
    values = {name: abs(array) + 0.1 for name, array in drawn(cell, 2).items()}
    constants = {q.symbol.name for q in cell.step.having("const")}
    values |= {q.symbol.name: np.asarray(float(q.value)) for q in cell.step.having("const") if q.value is not None}
    rng = np.random.default_rng(3)
    found = cg.step(cell, values)
    seeds = {s.name: rng.normal(size=np.shape(found[s.name])) for s in cell.step.outputs}
    way = {name: rng.normal(size=np.shape(array)) for name, array in values.items() if name not in constants}

    def loss(far: float) -> float:
        moved = cg.step(cell, {name: array + far * way.get(name, 0) for name, array in values.items()})
        return float(sum((moved[name] * seed).sum() for name, seed in seeds.items()))

    gradient = cg.vjp(cell, found, seeds)
    slope = sum(float((gradient[name] * direction).sum()) for name, direction in way.items())
    assert slope == pytest.approx((loss(1e-6) - loss(-1e-6)) / 2e-6, rel=1e-5, abs=1e-6), cell.name


LIBRARIES = [
    ("lstm+peephole", 195, "tfa.rnn.PeepholeLSTMCell"),
    ("rnn+layer-norm", 50, "tfa.rnn.LayerNormSimpleRNNCell"),
    ("lstm+projection", 130, "tf.compat.v1 LSTMCell, num_proj=2"),
    ("lstm+peephole+projection", 145, "tf.compat.v1 LSTMCell, use_peepholes, num_proj=2"),
    ("nas+projection", 250, "tfa.rnn.NASCell, projection=2"),
    ("rnn+diagonal", 25, "torchrecurrent.IndRNNCell, one bias"),
    ("lstm+bidirectional", 360, "keras.layers.Bidirectional(LSTM)"),
    ("rnn+bidirectional", 90, "keras.layers.Bidirectional(SimpleRNN)"),
    ("gru+bidirectional", 270, "keras.layers.Bidirectional(GRU), reset_after=False"),
    ("lstm+stack=3", 560 + 3 * 20, "torch.nn.LSTM, 3 layers, bias=False; and one bias a layer"),
    ("lstm+projection+stack", 200 + 2 * 20, "torch.nn.LSTM, proj_size=2, 2 layers, bias=False; and one bias a layer"),
    ("lstm+projection+bidirectional", 220 + 2 * 20, "torch.nn.LSTM, proj_size=2, bidirectional, bias=False; likewise"),
    ("gru+stack", 270 + 2 * 15, "torch.nn.GRU, 2 layers, bias=False; and one bias a layer"),
]
"""Counts of real libraries for input size 3, hidden size 5 and projection size 2, read off their arrays."""


@pytest.mark.parametrize(("name", "count", "library"), LIBRARIES)
def test_counts_are_those_of_libraries(name: str, count: int, library: str) -> None:
    cell = cell_of(name)
    sizes = {dim: number for dim, number in (("m", 3), ("n", 5), ("p", 2)) if dim in cell.dims}
    assert cg.params(cell, **sizes).total == count, library


@pytest.mark.parametrize("name", cg.cells()[::12])
def test_stacks_and_directions_count_what_params_counts(name: str) -> None:
    cell = cell_of(name)
    for changes, options in ((("stack=3",), {"layers": 3}), (("bidirectional",), {"bidirectional": True})):
        try:
            counted = cg.params(cell, **options).formula
            made = cg.params(transformed(cell, *changes)).formula
        except (ValueError, NotApplicable):
            continue  # what cannot be stacked cannot be counted as a stack
        assert sp.expand(counted - made) == 0


def test_a_stack_is_one_cell_after_another() -> None:
    cell, made = cell_of("gru"), cell_of("gru+stack")
    values = drawn(made)
    below = cg.step(cell, {"x": values["x"], **_layer(values, 1)})
    above = cg.step(cell, {"x": below["h"], **_layer(values, 2)})
    assert cg.step(made, values)["h_2"] == pytest.approx(above["h"], abs=1e-15)


def _layer(values: dict[str, Any], layer: int) -> dict[str, Any]:
    """The arrays of one layer under the names of the cell."""
    ends = re.compile(rf"(\w*?)_?{layer}(\[t-1\])?")
    return {f"{m[1]}{m[2] or ''}": values[name] for name in values if (m := ends.fullmatch(name))}


@pytest.mark.parametrize(("base", "change"), [
    ("lstm", "peephole"), ("lstm", "coupled"), ("gru", "diagonal"), ("rnn", "layer-norm"),
    ("rnn", "multiplicative-integration"),
])  # fmt: skip
@pytest.mark.parametrize("copies", ["stack", "bidirectional"])
def test_copies_are_changed_like_the_cell_that_they_are_copies_of(base: str, change: str, copies: str) -> None:
    """Weights of the layer below are not taken for recurrent ones, nor its states for those of the layer."""
    before, after = cell_of(f"{base}+{change}+{copies}"), cell_of(f"{base}+{copies}+{change}")
    assert sp.expand(cg.params(before).formula - cg.params(after).formula) == 0
    assert renaming(normal_form(before), normal_form(after)) is not None


@pytest.mark.parametrize("base", ["lstm", "gru"])
@pytest.mark.parametrize("copies", ["stack", "bidirectional"])
def test_zoneout_hands_copies_what_it_hands_on(base: str, copies: str) -> None:
    """A layer above reads the state after zoneout; the two orders differ in how many constants they name."""
    before, after = cell_of(f"{base}+zoneout+{copies}"), cell_of(f"{base}+{copies}+zoneout")
    values = {name: array for name, array in drawn(before).items() if not name.startswith("p_")}
    one, two = cg.step(before, values), cg.step(after, values)
    for state in (*before.carries.values(), before.output):
        assert one[state.name] == pytest.approx(two[state.name], abs=1e-14)


def test_two_directions_are_two_cells() -> None:
    cell, made = cell_of("rnn"), cell_of("rnn+bidirectional")
    values = drawn(made)
    own = {"x": values["x_r"], "W": values["W_r"], "U": values["U_r"], "b": values["b_r"], "h[t-1]": values["h_r[t-1]"]}
    halves = cg.step(cell, values)["h"], cg.step(cell, own)["h"]
    assert cg.step(made, values)[made.output.name] == pytest.approx(np.concatenate(halves), abs=1e-15)
    assert made.readout is not None
    assert made.readout.quantities[sp.Symbol("V")].shape == (size("k"), 2 * size("n"))


def test_zoneout_in_training_keeps_or_takes_whole_units() -> None:
    """And in the mean over the noise it is what evaluation hands on."""
    train, evaluation, cell = cell_of("lstm+zoneout=train"), cell_of("lstm+zoneout"), cell_of("lstm")
    values = drawn(train)
    for constant in ("p_h", "p_c"):
        del values[constant]
    noise = np.random.default_rng(4).normal(size=(20_000, 4))
    many = cg.step(train, {**values, "u_h": noise, "u_c": noise})
    fresh = cg.step(cell, values)
    kept = many["h"] == values["h[t-1]"]
    assert np.all(kept | np.isclose(many["h"], fresh["h"]))
    assert kept.mean() == pytest.approx(0.1, abs=0.01)
    assert many["h"].mean(0) == pytest.approx(cg.step(evaluation, values)["h"], abs=0.02)


@pytest.mark.parametrize("place", ["docs/how-to/variants.md", "CHANGELOG.md", "README.md"])
def test_every_transform_is_told_of(place: str) -> None:
    told = (Path(__file__).parents[2] / place).read_text(encoding="utf-8")
    assert not [row for row in TABLE if row not in told]
    assert set(re.findall("[a-z-]+(?=[,[]|$)", TRANSFORMS)) == set(TABLE)


OWN = """
name: mine
dims: {m: input size, n: hidden size}
inputs: {u: [m]}
states: {q: [n], memory: [n]}
params: {A: [n, m], B: [n, n], C: [n, m], D: [n, n], E: [n, m], F: [n, n], G: [n, m], H: [n, n]}
equations: |
  erase = sigmoid(A @ u + B @ q[t-1])
  write = sigmoid(C @ u + D @ q[t-1])
  idea = tanh(E @ u + F @ q[t-1])
  memory = (1 - erase) * memory[t-1] + write * idea
  view = sigmoid(G @ u + H @ q[t-1])
  q = view * tanh(memory)
output: q
"""


@pytest.mark.parametrize(("change", "line"), [
    ("peephole", "view = sigmoid(G @ u + H @ q[t-1] + p_view * memory)"),
    ("peephole", "erase = sigmoid(A @ u + B @ q[t-1] + p_erase * memory[t-1])"),
    ("projection", "q = P @ (view * tanh(memory))"),
    ("diagonal", "idea = tanh(E @ u + f * q[t-1])"),
    ("layer-norm", "a_write = C @ u + D @ q[t-1]"),
    ("stack", "write_2 = sigmoid(C_2 @ q_1 + D_2 @ q_2[t-1])"),
])  # fmt: skip
def test_names_play_no_part(change: str, line: str) -> None:
    assert f"  {line}\n" in spec(transformed(cg.loads(OWN), change))


@pytest.mark.parametrize("change", [*TABLE, "zoneout=train", "zoneout=0.3", "stack=3"])
def test_a_cell_without_labels_takes_every_transform(change: str) -> None:
    again = cg.loads(spec(transformed(cg.loads(OWN), change)))
    assert again.labels.keys() <= {s.name for s in again.step.quantities}
    assert all(text for label in again.labels.values() for text in label.values())


def test_transforms_follow_one_another_and_say_so() -> None:
    made = load("gru+layer-norm+stack=3")
    assert made.name == "gru-layer-norm-stack-3"
    assert made.title["zh"].endswith("（层归一化）（3 层堆叠）")
    assert "z, r and g" in made.note["en"]
    assert "z、r 和 g" in made.note["zh"]
    assert "arXiv:1607.06450" in made.reference
    assert len(made.carries) == 3


@pytest.mark.parametrize(("name", "message"), [
    ("gru+peephole", "no peepholes can be added"),
    ("gru+coupled", "add up to 1 already"),
    ("rnn+coupled", "no state is kept by one gate and written by another"),
    ("gru+projection", "the size of h cannot change: g is made from it without a matrix"),
    ("lstm+layer-norm+layer-norm", "not normalised already"),
    ("lstm+bidirectional+stack", "one input and one output"),
    ("indrnn+diagonal", "no square matrix of parameters weighs an old state alone"),
    ("lstm+pephole", "no transform 'pephole'; did you mean 'peephole'"),
    ("lstm+peephole=2", "takes no argument"),
    ("lstm+stack=1", "from 2 to 50, such as stack=3"),
    ("lstm+zoneout=1", "between 0 and 1, or 'train'"),
    ("lstn+stack", "did you mean 'lstm'"),
    ("a+b.yaml", "cannot be read"),
    ("rnn+stack=50+stack=50", "at most 2000 equations"),
])  # fmt: skip
def test_what_does_not_fit_is_told(name: str, message: str) -> None:
    with pytest.raises(cg.CellgraphError, match=re.escape(message)):
        load(name)


def test_a_file_is_what_its_name_says(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rnn+peephole").write_text(text("rnn"))
    assert load("rnn+peephole").name == "rnn"
    assert load(tmp_path / "rnn+peephole").name == "rnn"
    assert parts("rnn+stack=3+zoneout=0.25") == ("rnn", ("stack=3", "zoneout=0.25"))
