"""LSTM cells in the ways in which people write them in PyTorch."""

import math
from collections import namedtuple
from typing import List, Optional, Tuple

import torch
import torch.jit as jit
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.nn import Parameter

LSTMState = namedtuple("LSTMState", ["hx", "cx"])


class ScriptLSTMCell(jit.ScriptModule):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.weight_ih = Parameter(torch.randn(4 * hidden_size, input_size))
        self.weight_hh = Parameter(torch.randn(4 * hidden_size, hidden_size))
        self.bias_ih = Parameter(torch.randn(4 * hidden_size))
        self.bias_hh = Parameter(torch.randn(4 * hidden_size))

    @jit.script_method
    def forward(self, input: Tensor, state: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
        hx, cx = state
        gates = (
            torch.mm(input, self.weight_ih.t()) + self.bias_ih + torch.mm(hx, self.weight_hh.t()) + self.bias_hh
        )
        ingate, forgetgate, cellgate, outgate = gates.chunk(4, 1)

        ingate = torch.sigmoid(ingate)
        forgetgate = torch.sigmoid(forgetgate)
        cellgate = torch.tanh(cellgate)
        outgate = torch.sigmoid(outgate)

        cy = (forgetgate * cx) + (ingate * cellgate)
        hy = outgate * torch.tanh(cy)
        return hy, (hy, cy)


class LayerNormLSTMCell(nn.Module):
    """Layer norm over all four gates at once, and over the cell."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.weight_ih = Parameter(torch.randn(4 * hidden_size, input_size))
        self.weight_hh = Parameter(torch.randn(4 * hidden_size, hidden_size))
        self.layernorm_i = nn.LayerNorm(4 * hidden_size)
        self.layernorm_h = nn.LayerNorm(4 * hidden_size)
        self.layernorm_c = nn.LayerNorm(hidden_size)

    def forward(self, input: Tensor, state: LSTMState) -> Tuple[Tensor, LSTMState]:
        hx, cx = state
        igates = self.layernorm_i(torch.mm(input, self.weight_ih.t()))
        hgates = self.layernorm_h(torch.mm(hx, self.weight_hh.t()))
        ingate, forgetgate, cellgate, outgate = (igates + hgates).chunk(4, 1)
        cy = self.layernorm_c(forgetgate.sigmoid() * cx + ingate.sigmoid() * cellgate.tanh())
        hy = outgate.sigmoid() * torch.tanh(cy)
        return hy, LSTMState(hy, cy)


class GateNormLSTMCell(nn.Module):
    """Layer norm for each gate by itself."""

    def __init__(self, n_in, n_hid, eps=1e-5):
        super(GateNormLSTMCell, self).__init__()
        self.x2h = nn.Linear(n_in, 4 * n_hid, bias=False)
        self.h2h = nn.Linear(n_hid, 4 * n_hid)
        self.norms = nn.ModuleList([nn.LayerNorm(n_hid, eps=eps) for _ in range(4)])
        self.norm_c = nn.LayerNorm(n_hid, eps=eps)
        self.n_hid = n_hid

    def forward(self, x, hc):
        h, c = hc
        pre = self.x2h(x) + self.h2h(h)
        i, f, g, o = [norm(p) for norm, p in zip(self.norms, torch.split(pre, self.n_hid, dim=-1))]
        c = torch.sigmoid(f + 1.0) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(self.norm_c(c))
        return h, c


class PeepholeLSTM(nn.Module):
    def __init__(self, input_sz: int, hidden_sz: int, peephole: bool = False):
        super().__init__()
        self.input_sz = input_sz
        self.hidden_size = hidden_sz
        self.peephole = peephole
        self.W = nn.Parameter(torch.Tensor(input_sz, hidden_sz * 4))
        self.U = nn.Parameter(torch.Tensor(hidden_sz, hidden_sz * 4))
        self.bias = nn.Parameter(torch.Tensor(hidden_sz * 4))
        if peephole:
            self.p = nn.Parameter(torch.Tensor(3, hidden_sz))
        self.init_weights()

    def init_weights(self):
        stdv = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            weight.data.uniform_(-stdv, stdv)

    def forward(self, x_t, init_states: Optional[Tuple[Tensor, Tensor]] = None):
        HS = self.hidden_size
        if init_states is None:
            h_t, c_t = (torch.zeros(x_t.size(0), HS), torch.zeros(x_t.size(0), HS))
        else:
            h_t, c_t = init_states
        gates = x_t @ self.W + h_t @ self.U + self.bias
        if self.peephole:
            i_t = torch.sigmoid(gates[:, :HS] + c_t * self.p[0])
            f_t = torch.sigmoid(gates[:, HS : HS * 2] + c_t * self.p[1])
        else:
            i_t = torch.sigmoid(gates[:, :HS])
            f_t = torch.sigmoid(gates[:, HS : HS * 2])
        g_t = torch.tanh(gates[:, HS * 2 : HS * 3])
        c_t = f_t * c_t + i_t * g_t
        o_t = gates[:, HS * 3 :]
        if self.peephole:
            o_t = o_t + c_t * self.p[2]
        o_t = torch.sigmoid(o_t)
        h_t = o_t * torch.tanh(c_t)
        return h_t, (h_t, c_t)


class PremulLSTMCell(nn.Module):
    """The input is multiplied outside, for all steps at once."""

    def __init__(self, hidden_size):
        super().__init__()
        self.weight_hh = Parameter(torch.randn(4 * hidden_size, hidden_size))
        self.bias_hh = Parameter(torch.randn(4 * hidden_size))

    def forward(self, igates, state):
        hx, cx = state
        gates = igates + torch.mm(hx, self.weight_hh.t()) + self.bias_hh
        ingate, forgetgate, cellgate, outgate = gates.chunk(4, 1)
        cy = torch.sigmoid(forgetgate) * cx + torch.sigmoid(ingate) * torch.tanh(cellgate)
        hy = torch.sigmoid(outgate) * torch.tanh(cy)
        return hy, (hy, cy)


class NaiveLSTM(nn.Module):
    """From scratch: twelve parameters, each by itself."""

    def __init__(self, input_sz: int, hidden_sz: int):
        super().__init__()
        # i_t
        self.U_i = nn.Parameter(torch.empty(input_sz, hidden_sz))
        self.V_i = nn.Parameter(torch.empty(hidden_sz, hidden_sz))
        self.b_i = nn.Parameter(torch.empty(hidden_sz))
        # f_t
        self.U_f = nn.Parameter(torch.empty(input_sz, hidden_sz))
        self.V_f = nn.Parameter(torch.empty(hidden_sz, hidden_sz))
        self.b_f = nn.Parameter(torch.empty(hidden_sz))
        # c_t
        self.U_c = nn.Parameter(torch.empty(input_sz, hidden_sz))
        self.V_c = nn.Parameter(torch.empty(hidden_sz, hidden_sz))
        self.b_c = nn.Parameter(torch.empty(hidden_sz))
        # o_t
        self.U_o = nn.Parameter(torch.empty(input_sz, hidden_sz))
        self.V_o = nn.Parameter(torch.empty(hidden_sz, hidden_sz))
        self.b_o = nn.Parameter(torch.empty(hidden_sz))
        for p in self.parameters():
            nn.init.uniform_(p, -0.1, 0.1)

    def forward(self, x_t, h_t, c_t):
        i_t = torch.sigmoid(x_t @ self.U_i + h_t @ self.V_i + self.b_i)
        f_t = torch.sigmoid(x_t @ self.U_f + h_t @ self.V_f + self.b_f)
        g_t = torch.tanh(x_t @ self.U_c + h_t @ self.V_c + self.b_c)
        o_t = torch.sigmoid(x_t @ self.U_o + h_t @ self.V_o + self.b_o)
        c_t = f_t * c_t + i_t * g_t
        h_t = o_t * torch.tanh(c_t)
        return h_t, c_t


class ConcatLSTM(nn.Module):
    """A gate is a linear layer of [h, x]; gates stand in a dictionary."""

    def __init__(self, d_in, d_hidden):
        super().__init__()
        self.gates = nn.ModuleDict({name: nn.Linear(d_hidden + d_in, d_hidden) for name in ("f", "i", "c", "o")})

    def forward(self, x, prev_h, prev_c):
        concat = torch.cat((prev_h, x), dim=1)
        f = torch.sigmoid(self.gates["f"](concat))
        i = torch.sigmoid(self.gates["i"](concat))
        c_bar = torch.tanh(self.gates["c"](concat))
        c = f * prev_c + i * c_bar
        o = torch.sigmoid(self.gates["o"](concat))
        h = o * torch.tanh(c)
        return h, c


class PackedStateLSTM(nn.Module):
    """One tensor for both states."""

    def __init__(self, in_dim, dim):
        super().__init__()
        self.proj = nn.Linear(in_dim + dim, 4 * dim)

    def forward(self, x, state):
        h, c = state.chunk(2, dim=-1)
        z = self.proj(torch.cat([x, h], -1))
        i, f, g, o = z.chunk(4, dim=-1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return torch.cat([h, c], -1)


class ResidualLSTMCell(nn.LSTMCell):
    """What PyTorch has, and a way around it."""

    def forward(self, input, hx=None):
        h, c = super().forward(input, hx)
        return h + hx[0], c


class CoupledLSTMCell(nn.RNNCellBase):
    """The input gate is what the forget gate leaves."""

    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__(input_size, hidden_size, bias, num_chunks=3)

    def forward(self, input, hx):
        h, c = hx
        gi = F.linear(input, self.weight_ih, self.bias_ih)
        gh = F.linear(h, self.weight_hh, self.bias_hh)
        f, g, o = (gi + gh).chunk(3, 1)
        c = torch.lerp(torch.tanh(g), c, torch.sigmoid(f))
        return torch.sigmoid(o) * torch.tanh(c), c


class ZoneoutLSTMCell(nn.Module):
    """Zoneout, whose expectation is taken in evaluation."""

    def __init__(self, input_size, hidden_size, zoneout_h=0.1, zoneout_c=0.25):
        super().__init__()
        self.cell = nn.LSTMCell(input_size, hidden_size)
        self.zoneout_h, self.zoneout_c = zoneout_h, zoneout_c

    def _zoneout(self, prev, new, p):
        if self.training:
            mask = torch.bernoulli(torch.full_like(new, p))
            return mask * prev + (1 - mask) * new
        return p * prev + (1 - p) * new

    def forward(self, x, state):
        h, c = state
        h_new, c_new = self.cell(x, (h, c))
        return self._zoneout(h, h_new, self.zoneout_h), self._zoneout(c, c_new, self.zoneout_c)


class BNLSTMCell(nn.Module):
    """Batch normalisation with running statistics."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.weight_ih = nn.Parameter(torch.randn(input_size, 4 * hidden_size))
        self.weight_hh = nn.Parameter(torch.randn(hidden_size, 4 * hidden_size))
        self.bias = nn.Parameter(torch.zeros(4 * hidden_size))
        self.bn_ih = nn.BatchNorm1d(4 * hidden_size)
        self.bn_hh = nn.BatchNorm1d(4 * hidden_size)
        self.bn_c = nn.BatchNorm1d(hidden_size)

    def forward(self, input_, hx):
        h_0, c_0 = hx
        bias_batch = self.bias.unsqueeze(0).expand(h_0.size(0), *self.bias.size())
        wh = torch.mm(h_0, self.weight_hh)
        wi = torch.mm(input_, self.weight_ih)
        f, i, o, g = torch.split(self.bn_hh(wh) + self.bn_ih(wi) + bias_batch, h_0.size(1), dim=1)
        c_1 = torch.sigmoid(f) * c_0 + torch.sigmoid(i) * torch.tanh(g)
        h_1 = torch.sigmoid(o) * torch.tanh(self.bn_c(c_1))
        return h_1, c_1


class MultiplicativeLSTMCell(nn.Module):
    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()
        self.wm = nn.Linear(input_size, hidden_size, bias=False)
        self.um = nn.Linear(hidden_size, hidden_size, bias=False)
        self.wx = nn.Linear(input_size, 4 * hidden_size, bias=bias)
        self.wh = nn.Linear(hidden_size, 4 * hidden_size, bias=False)

    def forward(self, data, last_hidden):
        hx, cx = last_hidden
        m = self.wm(data) * self.um(hx)
        gates = self.wx(data) + self.wh(m)
        i, f, o, u = gates.chunk(4, 1)
        i, f, o, u = torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(o), torch.tanh(u)
        cy = f * cx + i * u
        hy = o * torch.tanh(cy)
        return hy, cy


class ProjectedLSTMCell(nn.Module):
    """LSTMP: the hidden state is smaller than the cell."""

    def __init__(self, input_size, hidden_size, proj_size):
        super().__init__()
        self.w_ih = nn.Parameter(torch.randn(4 * hidden_size, input_size))
        self.w_hh = nn.Parameter(torch.randn(4 * hidden_size, proj_size))
        self.b = nn.Parameter(torch.randn(4 * hidden_size))
        self.w_hr = nn.Parameter(torch.randn(proj_size, hidden_size))

    def forward(self, x, h, c):
        gates = torch.addmm(torch.addmm(self.b, x, self.w_ih.T), h, self.w_hh.T)
        i, f, g, o = gates.view(x.size(0), 4, -1).unbind(1)
        c = torch.sigmoid(f).mul(c).add(torch.sigmoid(i).mul(torch.tanh(g)))
        h = F.linear(torch.sigmoid(o) * torch.tanh(c), self.w_hr)
        return h, c


class StackedLSTM(nn.Module):
    """Two layers in one module; states as a list of tuples, as language models pass them."""

    def __init__(self, input_size, rnn_size, num_layers=2, dropout=0.5):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.num_layers = num_layers
        self.layers = nn.ModuleList()
        for _ in range(num_layers):
            self.layers.append(nn.LSTMCell(input_size, rnn_size))
            input_size = rnn_size

    def forward(self, input, hidden):
        h_0, c_0 = hidden
        h_1, c_1 = [], []
        for i, layer in enumerate(self.layers):
            h_1_i, c_1_i = layer(input, (h_0[i], c_0[i]))
            input = h_1_i
            if i + 1 != self.num_layers:
                input = self.dropout(input)
            h_1 += [h_1_i]
            c_1 += [c_1_i]
        return input, (torch.stack(h_1), torch.stack(c_1))


class LoopGatesLSTM(nn.Module):
    """Gates made in a loop, with names put together."""

    def __init__(self, n_inputs, n_units):
        super().__init__()
        for g in "ifoz":
            self.register_parameter("w_" + g, nn.Parameter(torch.randn(n_units, n_inputs) * 0.1))
            self.register_parameter("r_" + g, nn.Parameter(torch.randn(n_units, n_units) * 0.1))
            self.register_parameter("b_" + g, nn.Parameter(torch.zeros(n_units)))

    def _gate(self, g, x, y):
        return F.linear(x, getattr(self, "w_" + g)) + F.linear(y, getattr(self, "r_" + g), getattr(self, "b_" + g))

    def forward(self, x, y, c):
        z = torch.tanh(self._gate("z", x, y))
        i = torch.sigmoid(self._gate("i", x, y))
        f = torch.sigmoid(self._gate("f", x, y))
        c = z * i + c * f
        o = torch.sigmoid(self._gate("o", x, y))
        y = torch.tanh(c) * o
        return y, c


class VectorLSTM(nn.Module):
    """Column vectors, no batch: W x + U h + b as in textbooks."""

    def __init__(self, m, n):
        super().__init__()
        self.Wf, self.Wi, self.Wc, self.Wo = (nn.Parameter(torch.randn(n, m)) for _ in range(4))
        self.Uf, self.Ui, self.Uc, self.Uo = (nn.Parameter(torch.randn(n, n)) for _ in range(4))
        self.bf, self.bi, self.bc, self.bo = (nn.Parameter(torch.zeros(n, 1)) for _ in range(4))

    def forward(self, x, h, c):
        f = torch.sigmoid(self.Wf @ x + self.Uf @ h + self.bf)
        i = torch.sigmoid(self.Wi @ x + self.Ui @ h + self.bi)
        g = torch.tanh(self.Wc @ x + self.Uc @ h + self.bc)
        o = torch.sigmoid(self.Wo @ x + self.Uo @ h + self.bo)
        c_new = f * c + i * g
        return o * torch.tanh(c_new), c_new


def lstm_step(x, h, c, W_x, W_h, b):
    """Functional, gates by index."""
    n = h.shape[-1]
    a = x @ W_x + h @ W_h + b
    ai, af, ao, ag = a[:, :n], a[:, n : 2 * n], a[:, 2 * n : 3 * n], a[:, 3 * n :]
    next_c = torch.sigmoid(af) * c + torch.sigmoid(ai) * torch.tanh(ag)
    next_h = torch.sigmoid(ao) * torch.tanh(next_c)
    return next_h, next_c


class EinsumLSTM(nn.Module):
    """All gates in one array of three axes, and einsum with '...'."""

    def __init__(self, dim_in, dim):
        super().__init__()
        self.w = nn.Parameter(torch.randn(4, dim_in, dim) / dim_in**0.5)
        self.u = nn.Parameter(torch.randn(4, dim, dim) / dim**0.5)
        self.b = nn.Parameter(torch.zeros(4, dim))

    def forward(self, x, h, c):
        z = torch.einsum("...i,gij->...gj", x, self.w) + torch.einsum("...i,gij->...gj", h, self.u) + self.b
        i, f, o, g = torch.unbind(z, dim=-2)
        c = c * torch.sigmoid(f) + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class InPlaceLSTM(nn.Module):
    """Written to save memory."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.i2h = nn.Linear(input_size, 4 * hidden_size)
        self.h2h = nn.Linear(hidden_size, 4 * hidden_size)
        self.hidden_size = hidden_size

    def forward(self, x, hidden):
        h, c = hidden
        preact = self.i2h(x)
        preact += self.h2h(h)
        gates = preact[:, : 3 * self.hidden_size].sigmoid_()
        g_t = preact[:, 3 * self.hidden_size :].tanh_()
        i_t = gates[:, : self.hidden_size]
        f_t = gates[:, self.hidden_size : 2 * self.hidden_size]
        o_t = gates[:, -self.hidden_size :]
        c_t = torch.mul(c, f_t) + torch.mul(i_t, g_t)
        h_t = torch.mul(o_t, c_t.tanh())
        return h_t, c_t


class WeightTiedLSTMLM(nn.Module):
    """The output layer is the embedding turned; tokens come as rows that are looked up already."""

    def __init__(self, vocab_size, dim):
        super().__init__()
        self.embed = nn.Linear(vocab_size, dim, bias=False)
        self.cell = nn.LSTMCell(dim, dim)
        self.decoder_bias = nn.Parameter(torch.zeros(vocab_size))

    def forward(self, onehot, h, c):
        h, c = self.cell(self.embed(onehot), (h, c))
        logits = h @ self.embed.weight + self.decoder_bias
        return F.log_softmax(logits, dim=-1), h, c


class ActivationByNameLSTM(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, activation: str = "relu", layer_norm: bool = False):
        super().__init__()
        self.linear = nn.Linear(input_size + hidden_size, 4 * hidden_size)
        self.act = {"relu": F.relu, "tanh": torch.tanh, "elu": F.elu}[activation]
        self.norm = nn.LayerNorm(4 * hidden_size) if layer_norm else nn.Identity()

    def forward(self, x: Tensor, state: List[Tensor]) -> List[Tensor]:
        h, c = state
        i, j, f, o = self.norm(self.linear(torch.hstack([x, h]))).tensor_split(4, dim=1)
        c = torch.sigmoid(f + 1) * c + torch.sigmoid(i) * self.act(j)
        h = torch.sigmoid(o) * self.act(c)
        return [h, c]
