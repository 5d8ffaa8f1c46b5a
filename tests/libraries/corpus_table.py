"""What is expected of each cell of the corpus, written down from its architecture and not from what comes out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """A cell of the corpus.

    :code:      module and name in `corpus/`
    :make:      arguments of the constructor
    :inputs:    shapes by name, sizes of each set apart by spaces, lifted ones first
    :states:    the same
    :call:      the arguments as Python, in which names of inputs and states stand for themselves
    :returns:   what comes back
    :params:    the number of parameters, biases that are only added to one another counted once
    :each:      lifted axes
    :equations: how many a person would write at most
    :shipped:   the cell in `specs/` that it is, where it is one
    :given:     shapes of parameters that a function is given
    """

    code: str
    make: str
    inputs: str
    states: str
    call: str
    returns: str
    params: str
    equations: int
    each: str = ""
    shipped: str = ""
    given: str = ""
    method: str = ""

    @property
    def name(self) -> str:
        return self.code.partition(":")[2]


USUAL = "input_size=m hidden_size=n"
LSTM = "4*n*m + 4*n**2 + 4*n"
GRU = "3*n*m + 3*n**2 + 3*n"

CORPUS = (
    # LSTM
    Sample("lstm_styles:ScriptLSTMCell", USUAL, "x: m", "h: n, c: n", "x, (h, c)", "h, (h, c)", LSTM, 6,
           shipped="lstm"),
    Sample("lstm_styles:LayerNormLSTMCell", USUAL, "x: m", "h: n, c: n", "x, LSTMState(h, c)", "h, (h, c)",
           "4*n*m + 4*n**2 + 18*n", 26),
    Sample("lstm_styles:GateNormLSTMCell", "n_in=m n_hid=n", "x: m", "h: n, c: n", "x, (h, c)", "h, c",
           "4*n*m + 4*n**2 + 14*n", 12),
    Sample("lstm_styles:PeepholeLSTM", "input_sz=m hidden_sz=n peephole=True", "x: m", "h: n, c: n", "x, (h, c)",
           "h, (h, c)", "4*n*m + 4*n**2 + 7*n", 6, shipped="lstm-peephole"),
    Sample("lstm_styles:PremulLSTMCell", "hidden_size=n", "igates: 4*n", "h: n, c: n", "igates, (h, c)", "h, (h, c)",
           "4*n**2 + 4*n", 10),
    Sample("lstm_styles:NaiveLSTM", "input_sz=m hidden_sz=n", "x: m", "h: n, c: n", "x, h, c", "h, c", LSTM, 6,
           shipped="lstm"),
    Sample("lstm_styles:ConcatLSTM", "d_in=m d_hidden=n", "x: m", "h: n, c: n", "x, h, c", "h, c", LSTM, 6,
           shipped="lstm"),
    Sample("lstm_styles:PackedStateLSTM", "in_dim=m dim=n", "x: m", "s: 2*n", "x, s", "s", LSTM, 6, shipped="lstm"),
    Sample("lstm_styles:ResidualLSTMCell", USUAL, "x: m", "h: n, c: n", "x, (h, c)", "h, c", LSTM, 7),
    Sample("lstm_styles:CoupledLSTMCell", USUAL, "x: m", "h: n, c: n", "x, (h, c)", "h, c",
           "3*n*m + 3*n**2 + 3*n", 5, shipped="lstm-cifg"),
    Sample("lstm_styles:ZoneoutLSTMCell", USUAL, "x: m", "h: n, c: n", "x, (h, c)", "h, c", LSTM, 8),
    Sample("lstm_styles:BNLSTMCell", USUAL, "x: m", "h: n, c: n", "x, (h, c)", "h, c", "4*n*m + 4*n**2 + 14*n", 16),
    Sample("lstm_styles:MultiplicativeLSTMCell", USUAL, "x: m", "h: n, c: n", "x, (h, c)", "h, c",
           "5*n*m + 5*n**2 + 4*n", 7, shipped="lstm-multiplicative"),
    Sample("lstm_styles:ProjectedLSTMCell", "input_size=m hidden_size=n proj_size=q", "x: m", "h: q, c: n", "x, h, c",
           "h, c", "4*n*m + 4*n*q + 4*n + n*q", 6),
    Sample("lstm_styles:StackedLSTM", "input_size=m rnn_size=n", "x: m", "h: 2 n, c: 2 n", "x, (h, c)", "y, (h, c)",
           "4*n*m + 12*n**2 + 8*n", 12),
    Sample("lstm_styles:LoopGatesLSTM", "n_inputs=m n_units=n", "x: m", "y: n, c: n", "x, y, c", "y, c", LSTM, 6,
           shipped="lstm"),
    Sample("lstm_styles:VectorLSTM", "m=m n=n", "x: m 1", "h: n 1, c: n 1", "x, h, c", "h, c", LSTM, 6, shipped="lstm"),
    Sample("lstm_styles:lstm_step", "", "x: m", "h: n, c: n", "x, h, c, W_x, W_h, b", "h, c", LSTM, 6, shipped="lstm",
           given="W_x: m 4*n, W_h: n 4*n, b: 4*n"),
    Sample("lstm_styles:EinsumLSTM", "dim_in=m dim=n", "x: m", "h: n, c: n", "x, h, c", "h, c", LSTM, 6,
           shipped="lstm"),
    Sample("lstm_styles:InPlaceLSTM", USUAL, "x: m", "h: n, c: n", "x, (h, c)", "h, c", LSTM, 6, shipped="lstm"),
    Sample("lstm_styles:WeightTiedLSTMLM", "vocab_size=m dim=n", "x: m", "h: n, c: n", "x, h, c", "y, h, c",
           "n*m + 8*n**2 + 4*n + m", 9),
    Sample("lstm_styles:ActivationByNameLSTM", "input_size=m hidden_size=n activation='elu' layer_norm=False", "x: m",
           "h: n, c: n", "x, [h, c]", "h, c", LSTM, 6),
    # GRU and RNN
    Sample("gru_styles:CombinedGRU", USUAL, "x: m", "h: n", "x, h", "h", GRU, 4, shipped="gru"),
    Sample("gru_styles:PytorchStyleGRU", USUAL, "x: m", "h: n", "x, h", "h", "3*n*m + 3*n**2 + 4*n", 5,
           shipped="gru-reset-after"),
    Sample("gru_styles:StackedWeightsGRU", "nin=m nhid=n", "x: m", "h: n", "x, h", "h", GRU, 4),
    Sample("gru_styles:ViewGRU", "d_model=m d_state=n", "x: m", "h: n", "x, h", "h", GRU, 4, shipped="gru"),
    Sample("gru_styles:LiGRU", USUAL, "x: m", "h: n", "x, h", "h", "2*n*m + 2*n**2 + 4*n", 6),
    Sample("gru_styles:GRUD", USUAL, "x: m, x_last: m, mask: m, delta: m", "h: n", "x, x_last, mask, delta, h", "h",
           "2*m + n*m + n + 6*n*m + 3*n**2 + 3*n", 9),
    Sample("gru_styles:GRUObservation", USUAL, "x: m", "h: n", "x, h", "h", GRU, 16),
    Sample("gru_styles:ResidualPreNormGRU", "dim=m hidden_dim=n", "x: m", "h: n", "x, h", "y, h",
           "4*n*m + 3*n**2 + 4*n + 3*m", 6),
    Sample("gru_styles:MinimalGatedUnit", USUAL, "x: m", "h: n", "x, h", "h", "2*n*m + 2*n**2 + 2*n", 3, shipped="mgu"),
    Sample("gru_styles:CharRNN", "input_size=m hidden_size=n output_size=q", "x: m", "h: n", "x, h", "y, h",
           "n*m + n**2 + n + q*n + q", 3),
    Sample("gru_styles:IndRNNCell", USUAL, "x: m", "h: n", "x, h", "h", "n*m + 2*n", 1, shipped="indrnn"),
    Sample("gru_styles:gru_gates", "", "x: m", "h: n", "x, h, w_x, w_h, b", "h", GRU, 4,
           given="w_x: 3*n m, w_h: 3*n n, b: 3*n"),
    Sample("gru_styles:SequentialRNN", "obs_dim=m hid_dim=n width=k", "x: m", "h: n", "x, h", "h",
           "k*m + k*n + k + k**2 + k + k*n + n", 3),
    Sample("gru_styles:RSSMCell", "inp_size=m size=n", "x: m", "h: n", "x, h", "h, (h)", "3*n*m + 3*n**2 + 6*n", 14),
    # few gates
    Sample("minimal_styles:RAN", USUAL, "x: m", "h: n, c: n", "x, (h, c)", "h, c", "3*n*m + 2*n**2 + 2*n", 5,
           shipped="ran"),
    Sample("minimal_styles:ChaosFree", "in_size=m out_size=n", "x: m", "h: n", "x, h", "h", "3*n*m + 2*n**2 + 2*n", 4,
           shipped="cfn"),
    Sample("minimal_styles:JANET", USUAL, "x: m", "c: n", "x, c", "c", "2*n*m + 2*n**2 + 2*n", 4),
    Sample("minimal_styles:MinGRU", "dim=m dim_inner=n", "x: m", "h: n", "x, h", "y, h", "3*n*m", 5),
    Sample("minimal_styles:MinGRULog", "input_size=m units=n", "x: m", "h: n", "x, h", "h", "2*n*m + 2*n", 7),
    Sample("minimal_styles:MinLSTM", "units=n input_shape=m", "x: m", "h: n", "h, x", "h", "3*n*m + 3*n", 6,
           shipped="minlstm"),
    Sample("minimal_styles:SRUStep", "d=n", "x: n", "c: n", "x, c", "y, c", "3*n**2 + 4*n", 5),
    Sample("minimal_styles:QRNNStep", USUAL, "x: m", "p: m, c: n", "x, p, c", "y, p, c", "6*n*m + 3*n", 6),
    Sample("minimal_styles:UGRNN", "num_in=m num_units=n", "x: m", "h: n", "x, h", "h", "2*n*m + 2*n**2 + 2*n", 3),
    Sample("minimal_styles:AntisymmetricRNN", "input_dim=m n_units=n", "x: m", "h: n", "x, h", "h", "n*m + n**2 + n",
           3),
    Sample("minimal_styles:CoRNN", "n_inp=m n_hid=n", "x: m", "y: n, z: n", "x, y, z", "y, z", "n*m + 2*n**2 + n", 3),
    Sample("minimal_styles:LEMCell", "ninp=m nhid=n dt=0.5", "x: m", "y: n, z: n", "x, y, z", "y, z",
           "4*n*m + 4*n**2 + 4*n", 6),
    Sample("minimal_styles:FastGRNN", "input_size=m hidden_size=n rank=r", "x: m", "h: n", "x, h", "h",
           "2*r*m - r*m + 3*r*n + 2*n + 2", 6),
    Sample("minimal_styles:STARCell", "c_in=m c_hid=n", "x: m", "h: n", "x, h", "h", "2*n*m + n**2 + 2*n", 3,
           shipped="star"),
    Sample("minimal_styles:TimeGatedLSTM", USUAL, "x: m, t: 1", "h: n, c: n", "x, t, h, c", "h, c",
           "4*n*m + 4*n**2 + 6*n", 11),
    Sample("minimal_styles:ShiftRNN", "in_features=m hidden_features=n", "x: m", "h: n", "x, h", "h", "n*m + 2*n", 2),
    Sample("minimal_styles:MomentumRNN", USUAL, "x: m", "h: n, v: n", "x, (h, v)", "h, (h, v)", "n*m + n**2 + n", 2),
    # continuous time
    Sample("continuous_styles:CTRNN", USUAL, "x: m", "h: n", "x, h", "h", "n*m + n**2 + n", 2),
    Sample("continuous_styles:DaleCTRNN", "n_in=m n_rec=n n_out=q", "x: m", "h: n", "x, h", "y, h",
           "n*m + n**2 + q*n + q", 3),
    Sample("continuous_styles:RK4Cell", "obs_dim=m latent_dim=n width=k", "x: m, dt: 1", "h: n", "x, dt, h", "h",
           "2*k*n + k + n + 3*n*m + 3*n**2 + 4*n", 14),
    Sample("continuous_styles:LTCCell", "units=n in_features=m", "x: m", "v: n", "x, v", "v", "3*n + 4*n**2 + 4*n*m",
           33),
    Sample("continuous_styles:CfCCell", "input_size=m hidden_size=n backbone_units=k", "x: m, ts: 1", "h: n",
           "x, h, ts",
           "h", "k*m + k*n + k + 4*k*n + 4*n", 7),
    Sample("continuous_styles:EchoState", "n_inputs=m n_reservoir=n n_outputs=q", "x: m", "h: n", "x, h", "y, h",
           "q*n + q*m + q", 3),
    Sample("continuous_styles:LMUCell", "input_size=m hidden_size=n memory_size=q", "x: m", "h: n, s: q", "x, (h, s)",
           "h, (h, s)", "m + n + q + n*m + n**2 + n*q", 3),
    Sample("continuous_styles:LipschitzRNN", "input_dim=m n_units=n", "x: m", "h: n", "x, h", "h",
           "n*m + n + 2*n**2", 4),
    Sample("continuous_styles:LIFCell", "in_features=m out_features=n", "x: m", "s: n, u: n", "x, s, u", "s, u",
           "n*m + n + n**2", 3),
    # memory
    Sample("memory_styles:FastWeights", "num_inputs=m num_units=n", "x: m", "h: n, A: n n", "x, h, A", "h, A",
           "n*m + n**2 + 3*n", 8),
    Sample("memory_styles:NTMHead", "input_size=m M=d", "x: m", "w: l, M: l d", "x, w, M", "r, w, M",
           "3*d*m + 3*d + 3*m + 3", 16),
    Sample("memory_styles:UsageMemory", "input_size=m hidden_size=n word_size=d", "x: m",
           "h: n, c: n, r: d, M: l d, u: l",
           "x, ((h, c), r, M, u)", "y, ((h, c), r, M, u)", "4*n*m + 4*n*d + 4*n**2 + 4*n + 3*d*n + 2*n + 3*d + 2", 22),
    Sample("memory_styles:WindowAttentionRNN", USUAL, "x: m", "h: n, K: l n", "x, h, K", "h, K",
           "3*n*m + 6*n**2 + 5*n", 12, each="l"),
    Sample("memory_styles:DecodeStep", "d_model=j*d n_heads=j d_ff=k", "x: j*d", "K: j l d, V: j l d", "x, K, V",
           "y, K, V", "4*(j*d)**2 + 4*j*d + 4*j*d + 2*k*j*d + k + j*d", 16, each="j l"),
    Sample("memory_styles:SlotAttentionStep", "d_in=m d_slot=d", "x: m", "s: l d", "x, s", "s",
           "2*d*m + 7*d**2 + 6*d", 9),
    Sample("memory_styles:EntityMemory", "n_entities=l dim=d", "x: d", "h: l d", "x, {'h': h}", "h",
           "l*d + 3*d**2 + 1", 5),
    Sample("memory_styles:HopfieldStep", "n_in=m n_hidden=n n_patterns=k", "x: m", "h: n", "x, h", "h",
           "k*n + n*m + n", 2),
    Sample("memory_styles:DecayingCache", "d=d", "x: d", "K: 4 d, V: 4 d, w: 4", "x, KVState(K, V, w)", "y, K, V, w",
           "3*d**2", 28),
    # linear attention
    Sample("attention_styles:RecurrentLinearAttention", "d_model=m n_heads=j d_head=d", "x: m", "S: j d d, Z: j d",
           "x, [S, Z]", "y, S, Z", "4*j*d*m + 3*j*d + m", 8, each="j"),
    Sample("attention_styles:RetentionStep", "embed_dim=m num_heads=j head_dim=d", "x: m", "S: j d d", "x, S", "y, S",
           "5*j*d*m", 8, each="j"),
    Sample("attention_styles:RWKV4TimeMix", "n_embd=n", "x: n", "p: n, a: n, b: n, o: n", "x, p, a, b, o",
           "y, p, a, b, o", "4*n**2 + 5*n", 18),
    Sample("attention_styles:RWKV5Step", "n_embd=m n_head=j head_size=d", "x: m", "p: m, S: j d d", "x, p, S",
           "y, p, S",
           "4*m + 5*j*d*m + 4*j*d", 12, each="j"),
    Sample("attention_styles:DeltaNetStep", "hidden_size=m num_heads=j head_dim=d", "x: m", "S: j d d", "x, S", "y, S",
           "4*j*d*m + j*m", 11, each="j"),
    Sample("attention_styles:GatedDeltaNetStep", "d=m n_heads=j d_k=d d_v=n", "x: m", "S: j d n", "x, S", "y, S",
           "2*j*d*m + 2*j*n*m + 2*j*m + 2*j", 9, each="j"),
    Sample("attention_styles:GLAStep",
           "hidden_size=m num_heads=j head_k=d head_v=n gate_low_rank_dim=r", "x: m", "S: j d n", "x, S", "y, S",
           "2*j*d*m + 3*j*n*m + r*m + r*j*d + j*d + n", 8, each="j"),
    Sample("attention_styles:HGRN2Step", "d_model=j*n n_head=j expand=d", "x: j*n", "S: j d n", "x, S", "y, S",
           "2*j*d*j*n + 2*(j*n)**2 + j*n", 7, each="j"),
    Sample("attention_styles:MLSTMCell", "d_in=m d=d", "x: m", "C: d d, n: d, o: 1", "x, (C, n, o)", "h, (C, n, o)",
           "4*d*m + 4*d + 2*m + 2", 14),
    Sample("attention_styles:SLSTMHeads", "inp_dim=m head_num=j head_dim=d", "x: m", "h: j d, c: j d, n: j d, o: j d",
           "x, h, c, n, o", "h, c, n, o", "4*j*d*m + 4*j*d + 4*j*d**2", 12, each="j"),
    Sample("attention_styles:GatedSlotAttention", "d_model=m slots=l d_head=d", "x: m", "K: l d, V: l d", "x, K, V",
           "y, K, V", "4*d*m + l*m", 7),
    Sample("attention_styles:TitansLinearMemory", "dim=m mem_dim=d", "x: m", "M: d d, S: d d", "x, M, S", "y, M, S",
           "3*d*m + 3*m + 3", 12),
    Sample("attention_styles:FastWeightProgrammer", "in_dim=m dim_head=d", "x: m", "W: 2 d d", "x, W", "y, W",
           "2*(3*d + 1)*m + 2*d*m", 14),
    # state space models
    Sample("ssm_styles:MambaStep", "d_model=m d_inner=n d_state=q dt_rank=r", "x: m", "u: n 4, S: n q", "x, u, S",
           "y, u, S",
           "3*n*m + 4*n + n + r*n + 2*q*n + r*n + n + n*q + n", 16),
    Sample("ssm_styles:Mamba2Step", "d_model=m nheads=j headdim=d d_state=q", "x: m", "S: j d q", "x, S", "y, S",
           "(2*j*d + 2*q + j)*m + 3*j + j*d + j*d*m", 12, each="j"),
    Sample("ssm_styles:S4DReal", "d_model=m d_state=n", "x: m", "r: m n, i: m n", "x, r, i", "y, r, i",
           "2*m + 4*m*n", 9),
    Sample("ssm_styles:LRUStacked", "in_features=m state_features=n", "x: m", "s: n 2", "x, s", "y, s",
           "3*n + 4*n*m + m", 8),
    Sample("ssm_styles:S5Real", "h_dim=m p_dim=n", "x: m", "h: n", "x, h", "y, h", "2*n + 2*n*m", 6),
    Sample("ssm_styles:GriffinRGLRU", "num_heads=j head_dim=d", "x: j*d", "h: j*d", "x, h", "h",
           "j*d + 2*j*d**2 + 2*j*d", 6,
           each="j"),
    Sample("ssm_styles:H3ShiftStep", "d=m n=n", "x: m", "b: m 3, s: m n", "x, b, s", "y, b, s",
           "3*m**2 + 3*m + 3*m + 2*m*n", 10),
    Sample("ssm_styles:MEGAStep", "embed_dim=m ndim=n", "x: m", "h: m n", "x, h", "y, h", "4*m*n + m", 4, each="m"),
    # planes and graphs
    Sample("spatial_styles:ConvLSTMCell", "input_dim=m hidden_dim=n", "x: m p q", "h: n p q, c: n p q", "x, (h, c)",
           "h, c",
           "36*n*m + 36*n**2 + 4*n", 6, each="p q"),
    Sample("spatial_styles:ConvGRUCell", "hidden_dim=n input_dim=m", "x: m p q", "h: n p q", "h, x", "h",
           "27*n*m + 27*n**2 + 3*n", 4, each="p q"),
    Sample("spatial_styles:SpatioTemporalLSTMCell", "in_channel=m num_hidden=n filter_size=3", "x: m p q",
           "h: n p q, c: n p q, m: n p q", "x, h, c, m", "h, c, m",
           "63*n*m + 36*n**2 + 27*n**2 + 18*n**2 + 2*n**2", 24, each="p q"),
    Sample("spatial_styles:TGCNCell", "num_nodes=k in_dim=m hidden_dim=n", "x: k m", "h: k n", "x, h", "h",
           "3*n*m + 3*n**2 + 3*n", 8),
    Sample("spatial_styles:MessagePassingRNN", "in_dim=m dim=n", "x: k m, adj: k k", "h: k n", "x, adj, h", "h",
           "n*m + n + n**2 + n + 6*n**2 + 6*n", 10),
    Sample("spatial_styles:DepthwiseConvGRU1d", "channels=n", "x: n p", "h: n p", "x, h", "h",
           "5*n + n + 2*n**2 + 2*n**2 + 2*n", 5, each="p"),
    Sample("spatial_styles:ConvLSTMPeephole", "input_channels=m hidden_channels=n", "x: m p q", "h: n p q, c: n p q",
           "x, h, c", "h, c", "36*n*m + 36*n**2 + 7*n", 6, each="p q"),
    # structures
    Sample("structured_styles:MIRNN", USUAL, "x: m", "h: n", "x, h", "h", "n*m + n**2 + 4*n", 3,
           shipped="rnn-multiplicative-integration"),
    Sample("structured_styles:GroupedGRU", "n_groups=j in_size=m group_size=d", "x: m", "h: j*d", "x, h", "h",
           "3*j*d*m + 3*j*d + 3*j*d**2", 8, each="j"),
    Sample("structured_styles:MoERNN", "n_experts=k d_in=m d_hid=n", "x: m", "h: n", "x, h", "h",
           "k*m + k + k*n*m + k*n**2 + k*n", 3, each="k"),
    Sample("structured_styles:MoEList", "in_features=m hidden=n", "x: m", "h: n", "x, h", "h",
           "3*(3*n*m + 3*n**2 + 4*n) + 3*m", 22),
    Sample("structured_styles:HyperRNN", "input_size=m hidden_size=n hyper_size=q z_size=k", "x: m", "h: n, a: q",
           "x, h, a", "h, a", "3*q*n + 3*q*m + 3*q**2 + 4*q + 2*k*q + k + 3*n*k + n + n*m + n**2", 8),
    Sample("structured_styles:NamedTupleLSTM", USUAL, "x: m", "h: n, c: n", "x, CellState(h, c)", "h, c", LSTM, 6,
           shipped="lstm"),
    Sample("structured_styles:DictStateRNN", "n_in=m n_fast=n n_slow=k", "x: m", "f: n, s: k",
           "x, {'fast': f, 'slow': s}", "f, (f, s)", "n*m + n**2 + n*k + n + k*n + k**2 + 2*k", 4),
    Sample("structured_styles:Policy", "obs_dim=m hidden_dim=n act_dim=k", "x: m", "h: n", "x, h", "y, h",
           "n*m + 3*n + 6*n**2 + 4*n + k*n + k", 7, method="step"),
    Sample("structured_styles:TwoLayerGRU", USUAL, "x: m", "h: 2 n", "x, h", "y, h", "3*n*m + 9*n**2 + 8*n", 9),
    Sample("structured_styles:ClockworkTwo", "n_in=m n_hid=n", "x: m", "h: n", "x, h", "h", "n*m + n + n**2", 1),
    Sample("structured_styles:HighwayRNN", USUAL, "x: m", "h: n", "x, h", "h", "2*n*m + 4*n**2 + 4*n", 6),
    Sample("structured_styles:SpectralNormRNN", "nx=m nh=n", "x: m", "h: n", "x, h", "h", "n**2 + 2*n + n*m", 4),
    Sample("structured_styles:TurnsLSTM", USUAL, "x: m", "h: n, c: n", "x, h, c", "h, c", LSTM, 6, shipped="lstm"),
    Sample("structured_styles:TreeSumRNN", "in_dim=m mem_dim=n", "x: m", "H: 2 n, C: 2 n", "x, H, C", "y, H, C",
           "4*n*m + 4*n**2 + 4*n", 11),
)  # fmt: skip

REFUSED = {
    "ValueDependent": (14, "a value of the data decides what is computed.*use torch.where"),
    "ItemThreshold": (25, "taken out of PyTorch.*keep it a tensor"),
    "TopKSlots": (36, "topk.*depends on values.*softmax is a soft choice"),
    "BatchCentred": (47, "a mean over the batch: what one sample does would depend on the others"),
    "AlwaysDropout": (56, "random numbers: a step has none; call .eval\\(\\), or give the noise as an input"),
    "NoisyRNN": (65, "random numbers: a step has none; call .eval\\(\\), or give the noise as an input"),
    "SortedState": (75, "sort.*depends on values.*softmax is a soft choice"),
    "SolvedMemory": (85, "linear algebra beyond products.*a few steps of an iteration"),
    "ComplexDiagonal": (95, "complex numbers: write the real and the imaginary part as two states"),
    "LoopOverUnits": (109, "at other sizes the code does something else.*give the size .* as a number"),
    "FFTMixing": (120, "complex numbers: write the real and the imaginary part as two states"),
    "MaskedSelect": (130, "indexing by values of the data.*a product with a one-hot vector does"),
    "BilinearRNN": (141, "bilinear.weight: an array of more than two axes.*give these axes different sizes"),
    "ReversedState": (150, "the order of n entries is reversed"),
}
"""What people write that is refused: the line that is named, and what is said of it."""
