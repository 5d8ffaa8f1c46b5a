"""What people call the arguments of constructors and of steps: the tables that guesses are made from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class UsualSize:
    """What a size usually is: letters for it, of which the first that is free is taken, and its meaning."""

    letters: str
    meaning: str
    lifted: bool = False


INPUT = UsualSize("m", "input size")
HIDDEN = UsualSize("n", "hidden size")
HEADS = UsualSize("jg", "heads", lifted=True)
HEAD = UsualSize("dk", "head size")

_WORDS: Mapping[UsualSize, str] = MappingProxyType(
    {
        INPUT: "input_size in_features input_dim in_dim d_in dim_in in_channels input_channels n_in n_input"
        " n_inputs num_inputs num_input input_sz in_size isize d_input input_features n_features"
        " num_features feature_dim feature_size features_in x_dim x_size dim_x emb_dim emb_size embed_dim"
        " embed_size embedding_dim embedding_size input_width input_shape inputs ninp inp_dim inp_size"
        " input_units in_ch idim obs_dim d_x",
        HIDDEN: "hidden_size units features hidden_dim d_model out_features hidden_features num_units n_hidden nhid"
        " hid_dim hid_size hidden_sz d_hidden h_dim h_size dim_h hidden size dim state_size rnn_size out_channels"
        " hidden_channels cell_size nhidden n_units num_hidden width model_dim n_embd d hsize hdim dim_hidden unit"
        " hidden_units rnn_dim rnn_units lstm_size gru_size n_h d_h nh hid hidden_width recurrent_size dimension"
        " model_size d_inner inner_dim n_neurons num_neurons neurons hidden_ch output_size output_dim out_dim d_out"
        " dim_out n_out nout out_size n_outputs num_outputs",
        HEADS: "num_heads nhead nheads heads n_heads n_head num_head head_count number_of_heads h_count",
        HEAD: "head_dim head_size d_head dim_head dim_per_head size_per_head headdim per_head_dim",
        UsualSize("dkqe", "key size"): "key_dim d_key dim_key key_size d_k dk head_k_dim d_qk qk_dim",
        UsualSize("evdq", "value size"): "value_dim d_value dim_value value_size d_v dv head_v_dim",
        UsualSize(
            "qds", "state size"
        ): "d_state state_dim dim_state n_state ssm_state_size num_states ssm_size ssm_dim",
        UsualSize("pqk", "projection size"): "proj_size d_proj proj_dim projection_size projection_dim",
        UsualSize("rpq", "rank"): "rank dt_rank low_rank rank_dim lora_rank w_rank",
        UsualSize("suwl", "slots"): "num_slots n_slots slots memory_slots memory_size mem_size num_memory_slots",
        UsualSize("qdwk", "order"): "order theta_order n_order memory_dim memory_order mem_dim",
        UsualSize("ek", "experts", lifted=True): "num_experts n_experts experts",
        UsualSize("gk", "groups", lifted=True): "num_groups n_groups groups ngroups",
        UsualSize("kpq", "context size"): "context_size context_dim ctx_dim cond_dim z_dim latent_dim d_context",
        UsualSize("kpq", "inner size"): "ff_dim d_ff dim_ff ffn_dim mlp_dim intermediate_size ff_size d_mlp bottleneck"
        " backbone_units backbone_size attention_dim attn_dim attention_size",
    }
)

SIZES: Mapping[str, UsualSize] = MappingProxyType(
    {word.replace("_", ""): kind for kind, words in _WORDS.items() for word in words.split()}
)
"""What an argument of a constructor is, by its name in lower case without underscores."""

OUTPUT = UsualSize("pqk", "output size")
"""What a name of the result's size means where another argument is the hidden size already."""

RESULTS = frozenset(
    "outfeatures outchannels outputsize outputdim outdim dout dimout nout outsize noutputs numoutputs".split()
)
"""Names of `HIDDEN` that say only how large the result is."""

WEAK = frozenset("units features size dim dimension d width dmodel modeldim modelsize nembd dinner innerdim".split())
"""Names of `HIDDEN` that stand for another size where a plainer name of the hidden size stands beside them."""

VALUES: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(("kernelsize", "kernel", "ksize", "filtersize"), 3),
        **dict.fromkeys(("dconv", "convsize", "kernelwidth", "convkernel"), 4),
        **dict.fromkeys(("numlayers", "nlayers", "layers", "numlayer", "depth"), 1),
        **dict.fromkeys(("dropout", "p", "droprate", "dropoutrate", "dropoutp", "dropoutprob", "zoneout"), 0.0),
        **dict.fromkeys(("eps", "epsilon"), 1e-5),
        **dict.fromkeys(("bias", "usebias", "recurrentbias"), True),
        **dict.fromkeys(("batchfirst", "bidirectional", "training", "debug", "verbose"), False),
        **dict.fromkeys(("layer", "layeridx", "layerid", "layerindex"), 0),
        **dict.fromkeys(("device", "dtype"), None),
    }
)
"""Arguments of constructors that are no sizes of a cell, and what is given to one that has no default."""

RANDOM = frozenset({"rngs", "rng", "key", "prng", "prng_key", "rng_key"})
"""Arguments of constructors that a tracer gives: sources of random numbers."""

_OLD = r"prev|previous|old|last|past|tm1|init|initial|0|00"
_NEW = r"new|next|out|output|updated|cur|current|after|t|tp1|1|prime|final|n|now|y"
_LONG: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("input", "inputs", "inp", "xt", "xs", "in", "inputt", "xin", "data", "features", "inpt"), "x"),
        **dict.fromkeys(
            ("hidden", "hx", "ht", "hidden_state", "state", "carry", "hid", "hy", "hh", "hs", "hiddens", "h_state",
             "states", "hprev", "hnew", "hnext", "hidden_states", "rnn_state", "hidden_out", "ho", "hn", "prev_h"), "h"
        ),
        **dict.fromkeys(("cell", "cx", "ct", "cell_state", "cy", "cs", "c_state", "cprev", "cnew", "cnext", "cn"), "c"),
        **dict.fromkeys(("mem", "memory", "memory_state", "mem_state"), "M"),
    }
)  # fmt: skip

_STATE_WORDS = frozenset(
    "state states hidden hiddens carry prev previous past memory mem cache cell last hx cx hc hid old".split()
)
_STATE_LETTERS = re.compile(r"(h|c|s|S|hx|cx|hc|hh)(t|s|0|1|2|prev|tm1|old)?")
_WEIGHT = re.compile(
    r"[A-Z]\w*|(w|u|b|v|r|weights?|bias(es)?|kernel|params?|theta|gamma|beta|gain|scale)([_\d]\w*)?|(weight|bias)\w*"
)
TIMES = frozenset("dt delta_t deltat ts timespan timespans elapsed time_delta delta_time elapsed_time".split())
"""Arguments of a step that are a number for each sample."""


def size_of(name: str) -> UsualSize | None:
    """What size an argument of a constructor is, by its name."""
    return SIZES.get(plain(name))


def plain(name: str) -> str:
    """A name in lower case without underscores."""
    return name.lower().replace("_", "")


def is_state(name: str) -> bool:
    """Whether an argument of a step is what the step before has handed on, by its name."""
    words = name.lower().split("_")
    return bool(_STATE_WORDS.intersection(words)) or bool(_STATE_LETTERS.fullmatch(name.split("_")[0]))


def is_weight(name: str) -> bool:
    """Whether an argument of a plain function is something learned, by its name: W, b_ih, weight_hh, params."""
    return bool(_WEIGHT.fullmatch(name))


def short(name: str) -> str:
    """What a spec calls an argument or a local variable: 'h' of h_prev, hidden_state, new_h, hx; 'x' of inputs, x_t."""
    bare = name.strip("_")
    while bare not in _LONG:
        cut = re.fullmatch(rf"(?:{_OLD}|{_NEW})_+(\w+)", bare) or re.fullmatch(rf"(\w+?)_+(?:{_OLD}|{_NEW})", bare)
        if cut is None:
            break
        bare = cut[1].strip("_")
    bare = re.sub(r"(?<=^[A-Za-z])0$", "", bare)
    return _LONG.get(bare, _LONG.get(bare.lower(), bare))
