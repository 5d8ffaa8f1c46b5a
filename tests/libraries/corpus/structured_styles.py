"""Cells whose weights, modules or states have a structure of their own."""

from typing import Dict, NamedTuple

import torch
import torch.nn as nn
import torch.nn.functional as F


class BilinearRNN(nn.Module):
    def __init__(self, n_x, n_h):
        super().__init__()
        self.bilinear = nn.Bilinear(n_x, n_h, n_h)
        self.linear = nn.Linear(n_x, n_h)

    def forward(self, x, h):
        return torch.tanh(self.bilinear(x, h) + self.linear(x))


class MIRNN(nn.Module):
    """Multiplicative integration."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W = nn.Linear(input_size, hidden_size, bias=False)
        self.U = nn.Linear(hidden_size, hidden_size, bias=False)
        self.alpha = nn.Parameter(torch.ones(hidden_size))
        self.beta1 = nn.Parameter(torch.ones(hidden_size))
        self.beta2 = nn.Parameter(torch.ones(hidden_size))
        self.bias = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, x, h):
        Wx, Uh = self.W(x), self.U(h)
        return torch.tanh(self.alpha * Wx * Uh + self.beta1 * Uh + self.beta2 * Wx + self.bias)


class GroupedGRU(nn.Module):
    """Block-diagonal recurrent weights: view, bmm, view back."""

    def __init__(self, n_groups, in_size, group_size):
        super().__init__()
        self.n_groups, self.group_size = n_groups, group_size
        self.x2g = nn.Linear(in_size, 3 * n_groups * group_size)
        self.w = nn.Parameter(torch.randn(n_groups, group_size, 3 * group_size) * 0.1)

    def forward(self, x, h):
        bsz = x.size(0)
        hg = h.view(bsz, self.n_groups, self.group_size).transpose(0, 1)
        gh = torch.bmm(hg, self.w).transpose(0, 1)
        gx = self.x2g(x).view(bsz, self.n_groups, 3 * self.group_size)
        xr, xz, xn = gx.chunk(3, dim=-1)
        hr, hz, hn = gh.chunk(3, dim=-1)
        r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
        n = torch.tanh(xn + r * hn).reshape(bsz, -1)
        z = z.reshape(bsz, -1)
        return (1 - z) * n + z * h


class MoERNN(nn.Module):
    """A softmax over experts, whose weights are one array."""

    def __init__(self, n_experts, d_in, d_hid):
        super().__init__()
        self.router = nn.Linear(d_in, n_experts)
        self.w = nn.Parameter(torch.randn(n_experts, d_in + d_hid, d_hid) * 0.1)
        self.b = nn.Parameter(torch.zeros(n_experts, d_hid))

    def forward(self, x, h):
        probs = F.softmax(self.router(x), dim=-1)
        z = torch.cat([x, h], dim=-1)
        out = torch.tanh(torch.einsum("bi,eio->beo", z, self.w) + self.b)
        return torch.einsum("be,beo->bo", probs, out)


class MoEList(nn.Module):
    """Three experts that are modules of a list, stacked."""

    def __init__(self, in_features, hidden):
        super().__init__()
        self.experts = nn.ModuleList([nn.GRUCell(in_features, hidden) for _ in range(3)])
        self.gate = nn.Linear(in_features, 3, bias=False)

    def forward(self, x, h):
        outs = torch.stack([e(x, h) for e in self.experts], dim=1)
        weights = self.gate(x).softmax(dim=-1).unsqueeze(-1)
        return (weights * outs).sum(dim=1)


class HyperRNN(nn.Module):
    """A small network scales the rows of the large one's weights."""

    def __init__(self, input_size, hidden_size, hyper_size, z_size):
        super().__init__()
        self.hyper = nn.GRUCell(input_size + hidden_size, hyper_size)
        self.zx = nn.Linear(hyper_size, z_size)
        self.zh = nn.Linear(hyper_size, z_size, bias=False)
        self.dx = nn.Linear(z_size, hidden_size, bias=False)
        self.dh = nn.Linear(z_size, hidden_size, bias=False)
        self.db = nn.Linear(z_size, hidden_size)
        self.w_x = nn.Parameter(torch.randn(hidden_size, input_size))
        self.w_h = nn.Parameter(torch.randn(hidden_size, hidden_size))

    def forward(self, x, h, h_hat):
        h_hat = self.hyper(torch.cat([h, x], dim=-1), h_hat)
        zx, zh = self.zx(h_hat), self.zh(h_hat)
        pre = self.dx(zx) * (x @ self.w_x.T) + self.dh(zh) * (h @ self.w_h.T) + self.db(zh)
        return torch.tanh(pre), h_hat


class CellState(NamedTuple):
    hidden: torch.Tensor
    cell: torch.Tensor


class NamedTupleLSTM(nn.Module):
    def __init__(self, input_size: int, hidden_size: int):
        super().__init__()
        self.ih = nn.Linear(input_size, hidden_size * 4)
        self.hh = nn.Linear(hidden_size, hidden_size * 4, bias=False)

    def forward(self, x: torch.Tensor, state: CellState) -> CellState:
        i, f, g, o = (self.ih(x) + self.hh(state.hidden)).chunk(4, dim=-1)
        cell = f.sigmoid() * state.cell + i.sigmoid() * g.tanh()
        return CellState(hidden=o.sigmoid() * cell.tanh(), cell=cell)


class DictStateRNN(nn.Module):
    """Two speeds, state in a dictionary."""

    def __init__(self, n_in, n_fast, n_slow):
        super().__init__()
        self.fast = nn.Linear(n_in + n_fast + n_slow, n_fast)
        self.slow = nn.Linear(n_fast + n_slow, n_slow)
        self.log_tau = nn.Parameter(torch.zeros(n_slow))

    def forward(self, x, state: Dict[str, torch.Tensor]):
        fast = torch.tanh(self.fast(torch.cat([x, state["fast"], state["slow"]], -1)))
        rate = torch.sigmoid(self.log_tau)
        slow = (1 - rate) * state["slow"] + rate * torch.tanh(self.slow(torch.cat([fast, state["slow"]], -1)))
        return fast, {"fast": fast, "slow": slow}


class Policy(nn.Module):
    """A module that holds a cell, an encoder and two heads; its step has another name."""

    def __init__(self, obs_dim, hidden_dim, act_dim):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(obs_dim, hidden_dim), nn.LayerNorm(hidden_dim), nn.ELU())
        self.memory = nn.GRUCell(hidden_dim, hidden_dim)
        self.actor = nn.Linear(hidden_dim, act_dim)

    def step(self, obs, memory):
        features = self.encoder(obs)
        memory = self.memory(features, memory)
        return F.softmax(self.actor(memory), dim=-1), memory


class TwoLayerGRU(nn.Module):
    """Two cells, the state [2, B, n] as nn.GRU has it."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell_0 = nn.GRUCell(input_size, hidden_size)
        self.cell_1 = nn.GRUCell(hidden_size, hidden_size)

    def forward(self, x, hidden):
        h0 = self.cell_0(x, hidden[0])
        h1 = self.cell_1(h0, hidden[1])
        return h1, torch.stack([h0, h1])


class ClockworkTwo(nn.Module):
    """A matrix with zeros below its blocks, by a mask made in the constructor."""

    def __init__(self, n_in, n_hid):
        super().__init__()
        self.w_in = nn.Linear(n_in, n_hid)
        self.w_rec = nn.Parameter(torch.randn(n_hid, n_hid))
        self.register_buffer("tri", torch.triu(torch.ones(n_hid, n_hid)))

    def forward(self, x, h):
        return torch.tanh(self.w_in(x) + F.linear(h, self.w_rec * self.tri))


class HighwayRNN(nn.Module):
    """Recurrent highway, depth two; the transform gate is coupled."""

    def __init__(self, input_size, hidden_size, depth=2):
        super().__init__()
        self.depth = depth
        self.in_h = nn.Linear(input_size, hidden_size)
        self.in_t = nn.Linear(input_size, hidden_size)
        self.rec_h = nn.ModuleList(nn.Linear(hidden_size, hidden_size) for _ in range(depth))
        self.rec_t = nn.ModuleList(nn.Linear(hidden_size, hidden_size) for _ in range(depth))

    def forward(self, x, s):
        for layer in range(self.depth):
            h, t = self.rec_h[layer](s), self.rec_t[layer](s)
            if layer == 0:
                h, t = h + self.in_h(x), t + self.in_t(x)
            t = torch.sigmoid(t)
            s = torch.tanh(h) * t + s * (1 - t)
        return s


class SpectralNormRNN(nn.Module):
    """Weights normalised by row, as weight_norm does it, by hand."""

    def __init__(self, nx, nh):
        super().__init__()
        self.v = nn.Parameter(torch.randn(nh, nh))
        self.g = nn.Parameter(torch.ones(nh, 1))
        self.wx = nn.Linear(nx, nh)

    def forward(self, x, h):
        w = self.g * self.v / self.v.norm(dim=1, keepdim=True)
        return F.leaky_relu(self.wx(x) + F.linear(h, w), 0.1)


class TreeSumRNN(nn.Module):
    """Child sum over two children that are two states of one input."""

    def __init__(self, in_dim, mem_dim):
        super().__init__()
        self.ioux = nn.Linear(in_dim, 3 * mem_dim)
        self.iouh = nn.Linear(mem_dim, 3 * mem_dim, bias=False)
        self.fx = nn.Linear(in_dim, mem_dim)
        self.fh = nn.Linear(mem_dim, mem_dim, bias=False)

    def forward(self, inputs, child_h, child_c):
        child_h_sum = torch.sum(child_h, dim=1)
        iou = self.ioux(inputs) + self.iouh(child_h_sum)
        i, o, u = torch.split(iou, iou.size(1) // 3, dim=1)
        i, o, u = torch.sigmoid(i), torch.sigmoid(o), torch.tanh(u)
        f = torch.sigmoid(self.fh(child_h) + self.fx(inputs).unsqueeze(1))
        c = torch.mul(i, u) + torch.sum(torch.mul(f, child_c), dim=1)
        h = torch.mul(o, torch.tanh(c))
        new_h = torch.stack([h, child_h[:, 0]], dim=1)
        new_c = torch.stack([c, child_c[:, 0]], dim=1)
        return h, new_h, new_c


class TurnsLSTM(nn.Module):
    """The four gates of a unit stand side by side: view(B, n, 4)."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size + hidden_size, 4 * hidden_size)
        self.hidden_size = hidden_size

    def forward(self, x, h, c):
        gates = self.lin(torch.cat([x, h], -1)).view(-1, self.hidden_size, 4)
        i, f, g, o = (gates[..., k] for k in range(4))
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
