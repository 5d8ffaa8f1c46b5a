"""Which spec each recorded run belongs to, and how the names of the two meet."""

from __future__ import annotations

import numpy as np
from recorded import Recording

EXP = (np.exp, np.exp)
"""A decay that was recorded by its logarithm."""

SCALED = (lambda q: q * q.shape[-1] ** -0.5, lambda q: np.full(q.shape, q.shape[-1] ** -0.5))
"""The naive reference scales every query; the layers of RWKV do not."""

UNSCALED = (lambda q: q * q.shape[-1] ** 0.5, lambda q: np.full(q.shape, q.shape[-1] ** 0.5))
"""The naive reference of DeltaProduct scales no query."""

LOG_SIGMOID = (lambda a: -np.logaddexp(0, -a), lambda a: 1 / (1 + np.exp(a)))
"""A forget gate that was recorded before its activation, and a spec that has its logarithm."""

EXPERTS = {"gate.x": "G", "gate.h": "H", "bias_hh.n": "c_g"} | {
    f"{array}.{gate}": f"{name}_{ours}"
    for array, name in (("weight_ih", "W"), ("weight_hh", "U"), ("bias", "b"))
    for gate, ours in (("r", "r"), ("z", "z"), ("n", "g"))
}

CONVGRU = {f"{letter}_{gate}": f"{letter}_{gate}" for letter in "WUb" for gate in "zrg"}

READ = {"out": "r"}
"""What the naive references give back: what every head reads, before anything is made of it."""


def turned(count: int) -> np.ndarray:
    """The matrix that turns pairs of so many entries by a right angle."""
    return np.kron(np.eye(count // 2), [[0, -1], [1, 0]])


RECORDINGS = {
    "edgeml__FastGRNNCell": Recording("fastgrnn", "EdgeML.FastGRNNCell"),
    "edgeml__FastGRNNCell_wRank2_uRank3": Recording("fastgrnn-low-rank", "EdgeML.FastGRNNCell"),
    "fla__DeltaNet_heads2": Recording("deltanet", "fla.layers.DeltaNet"),
    "fla__GatedDeltaNet_heads2": Recording("gated-deltanet", "fla.layers.GatedDeltaNet"),
    "fla__GatedLinearAttention_heads2": Recording("gla", "fla.layers.GatedLinearAttention"),
    "fla__KimiDeltaAttention_heads2": Recording("kda", "fla.layers.KimiDeltaAttention"),
    "fla__delta_rule": Recording("deltanet", **READ),
    "fla__gated_delta_rule": Recording("gated-deltanet", maps={"g": EXP}, **READ),
    "fla__gla": Recording("gla", inputs={"gk": "a"}, maps={"gk": EXP}, **READ),
    "fla__hgrn": Recording("hgrn", inputs={"x": "i", "g": "f"}, maps={"g": EXP}),
    "fla__kda": Recording("kda", maps={"g": EXP}, **READ),
    "fla__linear_attn": Recording("linear-attention", **READ),
    "fla__retention_parallel": Recording("retnet", **READ),
    "fla__rwkv6": Recording("rwkv6", params={"u": "u"}, inputs={"q": "r"}, maps={"w": EXP, "q": SCALED}, out="y"),
    "fla__rwkv7_dplr": Recording("rwkv7", inputs={"q": "r"}, maps={"w": EXP, "q": SCALED}, out="y"),
    "fla__simple_gla": Recording("simple-gla", inputs={"g": "a"}, maps={"g": EXP}, **READ),
    "lucidrains__minGRU": Recording("mingru-log-space", "minGRU_pytorch.minGRU", project="to_out.weight"),
    "lucidrains__minLSTM": Recording("minlstm-log-space", "minGRU_pytorch.minLSTM"),
    "mamba_ref__S6_step": Recording(
        "mamba", params={"A_log": "alpha", "D": "D", "dt_bias": "b_d"}, inputs={"x": "u", "dt": "q"}, out="y"
    ),
    "mamba_ref__SSD_step": Recording(
        "mamba-2",
        params={"A_log": "alpha", "D": "D", "dt_bias": "b_d"},
        inputs={"x": "u", "dt": "q"},
        out="r",
    ),
    "official__LEMCell": Recording("lem", "LEM.LEMCell", constants=lambda config: {"dt": config["dt"]}),
    "official__LRU": Recording("lru", "minimal_lru.LRU", states={"h_re": "h", "h_im": "k"}),
    "official__coRNNCell": Recording(
        "cornn",
        "coRNN.coRNNCell",
        states={"hy": "y", "hz": "z"},
        constants=lambda config: {"dt": config["dt"], "gamma": config["gamma"], "eps": config["epsilon"]},
    ),
    "tf1__BasicRNNCell": Recording("rnn", "tf.compat.v1.nn.rnn_cell.BasicRNNCell"),
    "tf1__GRUCell": Recording("gru", "tf.compat.v1.nn.rnn_cell.GRUCell"),
    "tf1__LSTMCell": Recording("lstm-forget-bias", "tf.compat.v1.nn.rnn_cell.LSTMCell"),
    "tf1__LSTMCell_cellclip": Recording(
        "lstm-clip",
        "tf.compat.v1.nn.rnn_cell.LSTMCell",
        shifts={"b_f": 1},
        constants=lambda config: {"k": config["cell_clip"]},
    ),
    "tf1__LSTMCell_peephole_proj2": Recording(
        "lstm-projection-peephole", "tf.compat.v1.nn.rnn_cell.LSTMCell", shifts={"b_f": 1}
    ),
    "tfa__NASCell": Recording("nas", "tfa.rnn.NASCell"),
    "tfa__PeepholeLSTMCell": Recording("lstm-peephole", "tfa.rnn.PeepholeLSTMCell"),
    "fla__gated_delta_product": Recording(
        "gated-deltaproduct",
        maps={"g": EXP, "q": UNSCALED},
        split={"k": ("k_1", "k_2"), "v": ("v_1", "v_2"), "beta": ("beta_1", "beta_2")},
        **READ,
    ),
    "fla__gsa": Recording(
        "gsa", inputs={"g": "f"}, maps={"g": EXP}, states={"HK": "K", "HV": "V"}, flipped=("HK",), **READ
    ),
    "haste__GRU_zoneout_eval": Recording("gru-zoneout", "haste.GRU", constants=lambda config: {"p": config["zoneout"]}),
    "haste__LayerNormGRU": Recording("gru-layer-norm", "haste.LayerNormGRU"),
    "haste__LayerNormLSTM": Recording("lstm-layer-norm-gain", "haste.LayerNormLSTM"),
    "labml__HyperLSTMCell": Recording(
        "hyperlstm", "labml_nn.hypernetworks.hyper_lstm.HyperLSTMCell", states={"h_hat": "e", "c_hat": "k"}
    ),
    "official__ONLSTMCell_chunk2": Recording(
        "lstm-ordered-neurons", "onlstm.ONLSTMCell", chunked=("c",), sizes={"k": "chunk_size"}
    ),
    "official__QRNNLayer_window2": Recording(
        "qrnn", "torchqrnn.QRNNLayer", states={"xprev": "p"}, negated=("W_f", "V_f", "b_f")
    ),
    "official__RHNCell_depth3": Recording("rhn", "rhn.RHNCell"),
    "tfa__ESNCell": Recording(
        "esn",
        params={"bias": "b"},
        transposed={"kernel": "W", "recurrent_kernel": "U"},
        constants=lambda config: {"alpha": config["leaky"]},
    ),
    "tfa__LayerNormLSTMCell": Recording("lstm-layer-norm", "tfa.rnn.LayerNormLSTMCell"),
    "tfa__LayerNormSimpleRNNCell": Recording("rnn-layer-norm", "tfa.rnn.LayerNormSimpleRNNCell"),
    "tfa__NASCell_proj2": Recording("nas-projection", "tfa.rnn.NASCell"),
    "thirdparty__MogrifierLSTM_5": Recording("lstm-mogrifier-biased", "mogrifier.MogrifierLSTMCell"),
    "contrib__CFNCell": Recording("cfn", "tf.contrib.rnn.CFNCell", negated=("W_i", "U_i", "b_i")),
    "contrib__CoupledInputForgetGateLSTMCell": Recording("lstm-cifg", "tf.contrib.rnn.CoupledInputForgetGateLSTMCell"),
    "contrib__GridRNNCell_2dims": Recording("lstm-grid", "tf.contrib.grid_rnn.GridRNNCell"),
    "contrib__IndyGRUCell": Recording("gru-independent", "tf.contrib.rnn.IndyGRUCell"),
    "contrib__IndyLSTMCell": Recording("lstm-independent", "tf.contrib.rnn.IndyLSTMCell"),
    "contrib__PhasedLSTMCell": Recording("lstm-phased", "tf.contrib.rnn.PhasedLSTMCell"),
    "edgeml__GRULRCell": Recording("gru-low-rank", "EdgeML.GRULRCell"),
    "edgeml__LSTMLRCell": Recording("lstm-low-rank", "EdgeML.LSTMLRCell"),
    "edgeml__UGRNNLRCell": Recording("ugrnn-low-rank", "EdgeML.UGRNNLRCell"),
    "labml__LSTMCell_layer_norm": Recording("lstm-layer-norm-per-gate", "labml_nn.lstm.LSTMCell"),
    "lamb__TiledLSTMCell_mogrifier5": Recording("lstm-mogrifier", "lamb.TiledLSTMCell"),
    "official__FSRNNCell_LSTM2": Recording("fast-slow-lstm", "FSRNN.FSRNNCell"),
    "official__FullGRUODECell_euler": Recording(
        "gru-ode-euler", "gru_ode_bayes.FullGRUODECell", constants=lambda config: {"dt": config["dt"]}
    ),
    "official__GLSTMCell_2groups": Recording("lstm-grouped", "glstm.GLSTMCell"),
    "official__GRUDCell": Recording("gru-d-undecayed", "grud_layers.GRUDCell"),
    "official__JANET_forget_only": Recording("janet-beta", "janet.CustomLSTMCell"),
    "official__MCLSTM_linear": Recording("lstm-mass-conserving", "modelzoo.mclstm.MCLSTMv3"),
    "official__QAAttGRUCell": Recording("agru", "dien.QAAttGRUCell"),
    "official__SlimLSTMCell1": Recording("lstm-slim-1", "slim22.LSTMCell1"),
    "official__SlimLSTMCell2": Recording("lstm-slim-2", "slim22.LSTMCell2"),
    "official__SlimLSTMCell3": Recording("lstm-slim-3", "slim22.LSTMCell3"),
    "official__TLSTM": Recording("lstm-time-aware", "tlstm.TLSTM"),
    "official__VecAttGRUCell": Recording("augru-keep-gate", "dien.VecAttGRUCell"),
    "official__ZoneoutWrapper_eval": Recording(
        "lstm-zoneout",
        "zoneout.ZoneoutWrapper",
        constants=lambda config: dict(zip("pq", config["zoneout_prob"], strict=True)),
    ),
    "openai__mlstm": Recording("lstm-multiplicative", "sentiment_neuron.mlstm"),
    "thirdparty__AUGRU_Cell": Recording("augru", "torch_rechub.models.ranking.dien.AUGRU_Cell"),
    "thirdparty__ChildSumTreeLSTM": Recording("lstm-tree", "treelstm.ChildSumTreeLSTM"),
    "thirdparty__FGRLSTMCell": Recording("lstm-fgr", "lstm_odyssey.FGRLSTMCell"),
    "thirdparty__GRUD": Recording("gru-d", "GRUD.GRUD", constants=lambda config: {"mu": np.array(config["mean"])}),
    "thirdparty__GRU_MUT1": Recording("mut1", "JJavierRosales.scapy.GRU_MUTX"),
    "thirdparty__GRU_MUT2": Recording("mut2", "JJavierRosales.scapy.GRU_MUTX"),
    "thirdparty__GRU_SLIM1": Recording("gru-dey-1", "JJavierRosales.scapy.GRU_SLIMX", negated=("U_z", "b_z")),
    "thirdparty__GRU_SLIM2": Recording("gru-dey-2", "JJavierRosales.scapy.GRU_SLIMX", negated=("U_z",)),
    "thirdparty__GRU3": Recording("gru-dey-3", "CustomGRU.GRU3", negated=("b_z",)),
    "thirdparty__MGU_SLIM1": Recording("mgu-1", "JJavierRosales.scapy.MGU_SLIMX"),
    "thirdparty__MGU_SLIM2": Recording("mgu-2", "JJavierRosales.scapy.MGU_SLIMX"),
    "thirdparty__MGU3": Recording("mgu-3", "RNNNovelArchitectures.MGU3"),
    "thirdparty__MiGRUCell": Recording(
        "gru-multiplicative-integration", "mac_network.MiGRUCell", shifts={"b_r": 1, "b_z": 1}
    ),
    "thirdparty__MiLSTMCell": Recording("lstm-multiplicative-integration", "mac_network.MiLSTMCell"),
    "thirdparty__NFGLSTMCell": Recording("lstm-nfg", "lstm_odyssey.NFGLSTMCell"),
    "thirdparty__NIAFLSTMCell": Recording("lstm-niaf", "lstm_odyssey.NIAFLSTMCell"),
    "thirdparty__NIGLSTMCell": Recording("lstm-nig", "lstm_odyssey.NIGLSTMCell"),
    "thirdparty__NLSTMCell_depth2": Recording("lstm-nested", "nlstm.NLSTMCell"),
    "thirdparty__NLSTMCell_depth2_identity": Recording("lstm-nested-affine", "nlstm.NLSTMCell"),
    "thirdparty__NOAFLSTMCell": Recording("lstm-noaf", "lstm_odyssey.NOAFLSTMCell"),
    "thirdparty__NOGLSTMCell": Recording("lstm-nog", "lstm_odyssey.NOGLSTMCell"),
    "xlstm__slstm_forward": Recording("slstm", "xlstm.blocks.slstm.src.vanilla.slstm_forward"),
    "espnet__ZoneOutCell_RNNCell": Recording(
        "rnn-zoneout", "espnet.ZoneOutCell", constants=lambda config: {"p": config["zoneout_rate"]}
    ),
    "keras_lmu__LMUCell": Recording(
        "lmu", "keras_lmu.LMUCell", constants=lambda config: {name: np.array(config[name]) for name in ("A", "B")}
    ),
    "keras_lmu__LMUCell_euler_2memories": Recording(
        "lmu-euler", "keras_lmu.LMUCell", constants=lambda config: {"theta": config["theta"]}
    ),
    "mingru_keras__MinGRU": Recording("mingru", "mingru_keras.MinGRU"),
    "nntoolbox__MultiplicativeRNNCell": Recording(
        "rnn-multiplicative", "nntoolbox.sequence.components.MultiplicativeRNNCell"
    ),
    "official__DeltaRNNLayer": Recording("delta-rnn", "delta_rnn.DeltaRNNLayer"),
    "official__LeakyRNNCell": Recording(
        "leaky-rnn", "multitask.LeakyRNNCell", constants=lambda config: {"alpha": config["alpha"]}
    ),
    "official__RecurrentLinearAttention": Recording("linear-attention-normalised", inputs={"q": "a", "k": "b"}, **READ),
    "official__S4D": Recording(
        "s4d",
        params={"log_dt": "delta", "log_A_real": "nu", "A_imag": "omega", "C_re": "C", "C_im": "E", "D": "D"},
        heads=True,
    ),
    "official__complex_RNN": Recording(
        "urnn",
        "complex_RNN.complex_RNN",
        negated=("w_1", "w_2"),
        constants=lambda config: {"P": np.array(config["permutation"])},
    ),
    "official__gilr_layer": Recording("gilr", "parallelizing_linear_rnns.gilr_layer"),
    "pybrain__RecurrentNetwork_jordan": Recording(
        "jordan",
        params={
            "in_to_hidden": "W",
            "out_to_hidden": "U",
            "bias_to_hidden": "b",
            "hidden_to_out": "V",
            "bias_to_out": "b_y",
        },
    ),
    "thirdparty__BasicRNNCell_MulInt": Recording("rnn-multiplicative-integration", "mulint.BasicRNNCell_MulInt"),
    "thirdparty__ConvGRUCell": Recording("convgru-2d", params=CONVGRU),
    "thirdparty__ConvGRUCell_narrow": Recording("convgru-1d", params=CONVGRU),
    "thirdparty__CwRNN": Recording(
        "clockwork-rnn", "cwrnn.CwRNN", constants=lambda config: {"M": np.array(config["mask"])}
    ),
    "thirdparty__DynamicFastWeightCell": Recording(
        "fast-weights",
        "fast_weights.DynamicFastWeightCell",
        constants=lambda config: {"lambda": config["lam"], "eta": config["eta"]},
    ),
    "thirdparty__MinLSTMCell": Recording(
        "minlstm",
        params={
            f"linear_{ours}.{what}": f"{name}_{gate}"
            for ours, gate in (("f", "f"), ("i", "i"), ("h", "g"))
            for what, name in (("weight", "W"), ("bias", "b"))
        },
    ),
    "thirdparty__SCRNCell": Recording("scrn", "scrnn.SCRNCell", constants=lambda config: {"alpha": config["alpha"]}),
    "fla__HGRN2Attention_heads2": Recording(
        "hgrn2", "fla.layers.HGRN2Attention", given={"lower_bound": "beta"}, sizes={"j": "heads"}
    ),
    "fla__rwkv6_fixed_decay": Recording("rwkv5", params={"omega": "omega", "u": "u"}, out="y"),
    "xlstm__recurrent_step": Recording(
        "mlstm",
        inputs={"i": "a", "f": "b"},
        states={"c": "S", "n": "z", "m": "s"},
        maps={"k": SCALED, "f": LOG_SIGMOID},
        out="j",
        heads=True,
    ),
    "thirdparty__NTM_2read_1write": Recording("ntm", "pytorch_ntm.NTM"),
    "torch__GRUCell_4experts_softmax": Recording("gru-experts", params=EXPERTS),
    "transformers__SwitchRouter_GRUCell_4experts": Recording("gru-experts-top-1", params=EXPERTS),
    "torch__MultiheadAttention_window4": Recording(
        "attention-window",
        params={
            f"{array}_proj.{what}": f"{name}_{array}"
            for array in ("q", "k", "v", "o")
            for what, name in (("weight", "W"), ("bias", "b"))
        },
    ),
    "rwkv__v5_time_mixing_heads2": Recording("rwkv5", "rwkv.v5.time_mixing"),
    "rwkv__v6_time_mixing_heads2": Recording("rwkv6", "rwkv.v6.time_mixing"),
    "rwkv__v7_time_mixing_heads2_layer0": Recording("rwkv7", "rwkv.v7.time_mixing", flipped=("S",)),
    "torchscale__MultiScaleRetention_heads3": Recording(
        "retnet-layer",
        "torchscale.component.multiscale_retention.MultiScaleRetention",
        constants=lambda config: {"theta": np.array(config["angle"]), "P": turned(len(config["angle"]))},
        sizes={"j": "heads"},
        flipped=("S",),
    ),
    "transformers__xLSTMLayer_heads2": Recording(
        "mlstm-layer",
        "transformers.models.xlstm.modeling_xlstm.xLSTMLayer",
        states={"c": "S", "n": "z", "m": "s"},
    ),
    "transformers__MistralAttention_window4": Recording(
        "attention-rotary",
        "transformers.models.mistral.modeling_mistral.MistralAttention",
        sizes={"g": "num_key_value_heads"},
    ),
}
