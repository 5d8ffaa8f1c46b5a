"""Which spec describes a class, with which options."""

import re

import numpy as np
import pytest
import sympy as sp
from laws import over
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.spec.find import chosen

FOUND = [
    ("torch.nn.LSTMCell", {}, "lstm"),
    ("torch.nn.LSTM", {}, "lstm"),
    ("torch.nn.LSTM", {"proj_size": 3}, "lstm-projection"),
    ("torch.nn.RNN", {}, "rnn"),
    ("torch.nn.RNN", {"nonlinearity": "relu"}, "rnn-relu"),
    ("keras.layers.GRU", {}, "gru-reset-after"),
    ("keras.layers.GRU", {"reset_after": False}, "gru"),
    ("keras.layers.GRUCell", {"reset_after": True, "use_bias": False}, "gru-reset-after"),
    ("onnx.GRU", {}, "gru"),
    ("onnx.GRU", {"linear_before_reset": 1}, "gru-reset-after"),
    ("onnx.LSTM", {}, "lstm"),
    ("onnx.LSTM", {"peephole": True}, "lstm-peephole"),
    ("onnx.LSTM", {"input_forget": 1}, "lstm-cifg-input"),
    ("flax.linen.MGUCell", {}, "mgu-flax"),
    ("flax.linen.MGUCell", {"reset_gate": False}, "janet"),
    ("sru.SRUCell", {}, "sru"),
    ("sru.SRUCell", {"rescale": True}, "sru-rescaled"),
    ("sru.SRUCell", {"rescale": False}, "sru-highway"),
    ("sru.SRUCell", {"n_proj": 2}, "sru-projection"),
    ("sru.SRUCell", {"n_proj": 2, "rescale": True}, "sru-projection-rescaled"),
    ("flax.linen.SimpleCell", {}, "rnn"),
    ("flax.nnx.SimpleCell", {"residual": True}, "rnn-residual"),
]


@pytest.mark.parametrize(("name", "options", "spec"), FOUND)
def test_a_class_and_its_options_lead_to_one_spec(name: str, options: dict, spec: str) -> None:
    cell, implementation = cg.find(name, **options)
    assert (cell.name, implementation.name) == (spec, name)
    assert {key: implementation.options[key] for key in options} == options


IMPLEMENTED = [(cell, found) for cell in map(cell_of, EVERY) for found in cell.implementations]
"""Every cell with each class that computes it."""


def test_every_class_that_a_spec_names_is_found_by_its_options() -> None:
    for cell, found in IMPLEMENTED:
        options = {key: 7 if isinstance(value, sp.Symbol) else value for key, value in found.options.items()}
        alike = [c.name for c, other in IMPLEMENTED if (other.name, other.options) == (found.name, found.options)]
        # The recurrent gate of a Griffin is one class, with its reset and without.
        assert alike in ([cell.name], ["rglru", "rglru-reset"])
        assert chosen(IMPLEMENTED, found.name, options)[0].name == alike[0]


TOLD = {
    "EdgeML.GRULRCell",
    "EdgeML.LSTMLRCell",
    "EdgeML.UGRNNLRCell",
    "fla.layers.DeltaNet",
    "fla.layers.GatedDeltaNet",
    "fla.layers.KimiDeltaAttention",
    "glstm.GLSTMCell",
    "janet.CustomLSTMCell",
    "keras.layers.ConvLSTM1D",
    "keras.layers.ConvLSTM2D",
    "keras.layers.ConvLSTM3D",
    "labml_nn.lstm.LSTMCell",
    "lamb.TiledLSTMCell",
    "mac_network.MiLSTMCell",
    "modelzoo.mclstm.MCLSTMv3",
    "nlstm.NLSTMCell",
    "slim22.LSTMCell1",
    "slim22.LSTMCell2",
    "slim22.LSTMCell3",
    "tf.contrib.grid_rnn.GridRNNCell",
    "tf.contrib.rnn.CoupledInputForgetGateLSTMCell",
    "tf.contrib.rnn.IndyLSTMCell",
    "torchqrnn.QRNNLayer",
    "transformers.models.mistral.modeling_mistral.MistralAttention",
    "transformers.models.recurrent_gemma.modeling_recurrent_gemma.RecurrentGemmaRglru",
    "xlstm.sLSTMLayer",
    "zoneout.ZoneoutWrapper",
}
"""Classes that have to be told how to compute one of our cells: what they do by themselves is another, or nothing."""


@over(sorted({found.name for _, found in IMPLEMENTED}))
def test_a_class_is_described_as_the_library_makes_it_by_itself(name: str) -> None:
    if name in TOLD:
        with pytest.raises(KeyError, match=f"no spec describes {re.escape(name)} with ; described: "):
            chosen(IMPLEMENTED, name, {})
        return
    cell, implementation = chosen(IMPLEMENTED, name, {})
    assert any(found.name == name and found.default for found in cell.implementations)
    assert implementation.name == name


def test_the_options_are_those_that_pick_the_cell_and_those_given() -> None:
    assert dict(cg.find("torch.nn.LSTMCell")[1].options) == {}
    assert dict(cg.find("keras.layers.GRU")[1].options) == {"reset_after": True}
    assert dict(cg.find("keras.layers.GRU", use_bias=False)[1].options) == {"reset_after": True, "use_bias": False}


def test_arrays_go_away_where_an_option_says_so() -> None:
    assert list(cg.find("torch.nn.GRU", bias=False)[1].arrays) == ["weight_ih", "weight_hh"]
    assert list(cg.find("torch.nn.GRU", bias=True)[1].arrays) == ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]


def test_what_no_spec_describes_is_named_with_the_choices() -> None:
    with pytest.raises(KeyError, match=r"no spec describes torch\.nn\.LSTNCell; did you mean 'torch\.nn\.LSTMCell'"):
        cg.find("torch.nn.LSTNCell")
    with pytest.raises(KeyError, match=r"no spec describes nothing; there are .*, flax\.linen\.GRUCell, "):
        cg.find("nothing")
    with pytest.raises(
        KeyError, match=r"keras\.layers\.GRU: no option reset_afer is described; did you mean 'reset_after'"
    ):
        cg.find("keras.layers.GRU", reset_afer=True)
    with pytest.raises(KeyError, match=r"torch\.nn\.LSTMCell: no option dropout is described; there are bias"):
        cg.find("torch.nn.LSTMCell", dropout=0.5)
    with pytest.raises(KeyError, match=r"torch\.nn\.RNN with nonlinearity=selu; described: nonlinearity=tanh; nonlin"):
        cg.find("torch.nn.RNN", nonlinearity="selu")
    with pytest.raises(KeyError, match=r"torch\.nn\.LSTM with proj_size=-1; described: proj_size=0; proj_size=p"):
        cg.find("torch.nn.LSTM", proj_size=-1)
    with pytest.raises(KeyError, match=r"keras\.layers\.GRU with reset_after=1"):
        cg.find("keras.layers.GRU", reset_after=1)


def test_the_coupled_gates_of_onnx_are_a_cell_of_their_own() -> None:
    """With input_forget, f = 1 − i, and nobody reads what is stored for the forget gate."""
    assert [cg.find("onnx.LSTM", peephole=True, input_forget=flag)[0].name for flag in (0, 1)] == [
        "lstm-peephole", "lstm-cifg-peephole"
    ]  # fmt: skip
    assert [cg.find("onnx.LSTM", input_forget=flag)[0].name for flag in (0, 1)] == ["lstm", "lstm-cifg-input"]
    layout = cg.find("onnx.LSTM", peephole=True, input_forget=1)[1]
    draw = np.random.default_rng(0)
    sizes = {
        name: draw.normal(size=shape)
        for name, shape in (("W", (1, 20, 3)), ("R", (1, 20, 5)), ("B", (1, 40)), ("P", (1, 15)))
    }
    packed = layout.pack(layout.unpack(sizes))
    assert not packed["W"][:, 10:15].any()
    np.testing.assert_array_equal(np.delete(packed["W"], range(10, 15), 1), np.delete(sizes["W"], range(10, 15), 1))
