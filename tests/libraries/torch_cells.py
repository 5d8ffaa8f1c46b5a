"""Cells in PyTorch in the manners of public repositories, each with what is asked of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from cellgraph.frameworks.tracing.asked import Asked, returned_names
from cellgraph.graph import size

Tensor = Any
M, N, J, K = map(size, "mnjk")
CELLS: dict[str, tuple[Asked, tuple[int | None, ...]]] = {}
"""By name: what is asked, and the batches for which the code is written."""


def asked(returns: str, states: Any = "h", batches: tuple[int | None, ...] = (4, None), **said: Any) -> Any:
    """A cell of an input x of m; states are names of vectors of n, or a mapping of shapes."""
    shapes = states if isinstance(states, Mapping) else dict.fromkeys(returned_names(states), (N,))
    names = tuple(shapes)
    said = {"inputs": {"x": (M,)}, "call": ("x", names if len(names) > 1 else names[0]), **said}

    def kept(target: Any) -> Any:
        make = said.pop("make", {"input_size": M, "hidden_size": N} if isinstance(target, type) else {})
        CELLS[target.__name__] = (Asked(target, make, states=shapes, returns=returns, **said), batches)
        return target

    return kept


def weight(*sizes: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(*sizes))


@asked("h")
class ConcatenatedGRU(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.gates = nn.Linear(input_size + hidden_size, 2 * hidden_size)
        self.candidate = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        z, r = torch.sigmoid(self.gates(torch.cat([x, h], dim=-1))).chunk(2, -1)
        n = torch.tanh(self.candidate(torch.cat([x, r * h], -1)))
        return (1 - z) * n + z * h


class HandWrittenLayerNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight, self.bias = weight(width), weight(width)

    def forward(self, a: Tensor) -> Tensor:
        mu, sigma = a.mean(-1, keepdim=True), a.std(-1, keepdim=True, unbiased=False)
        return (a - mu) / sigma * self.weight + self.bias


@asked("h, (h, c)", "h, c", batches=(4,))
class LayerNormLSTM(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.weight_ih, self.weight_hh = weight(4 * hidden_size, input_size), weight(4 * hidden_size, hidden_size)
        self.layernorm_i, self.layernorm_h = nn.LayerNorm(4 * hidden_size), nn.LayerNorm(4 * hidden_size)
        self.layernorm_c = HandWrittenLayerNorm(hidden_size)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> Any:
        hx, cx = state
        gates = self.layernorm_i(torch.mm(x, self.weight_ih.t())) + self.layernorm_h(torch.mm(hx, self.weight_hh.t()))
        ingate, forgetgate, cellgate, outgate = gates.chunk(4, 1)
        cy = self.layernorm_c(torch.sigmoid(forgetgate) * cx + torch.sigmoid(ingate) * torch.tanh(cellgate))
        hy = torch.sigmoid(outgate) * torch.tanh(cy)
        return hy, (hy, cy)


@asked("h, c", "h, c", batches=(4,))
class ScriptedLSTM(torch.jit.ScriptModule):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.weight_ih, self.weight_hh = weight(4 * hidden_size, input_size), weight(4 * hidden_size, hidden_size)

    @torch.jit.script_method
    def forward(self, x: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        hx, cx = state
        gates = torch.mm(x, self.weight_ih.t()) + torch.mm(hx, self.weight_hh.t())
        i, f, g, o = gates.chunk(4, 1)
        cy = torch.sigmoid(f) * cx + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(cy), cy


@torch.jit.script
def fused(a, b):  # type: ignore[no-untyped-def]
    return torch.tanh(a) * torch.sigmoid(b)


@asked("h")
class CallsScripted(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.x2h, self.h2h = nn.Linear(input_size, 2 * hidden_size), nn.Linear(hidden_size, 2 * hidden_size)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        a, b = torch.chunk(self.x2h(x) + self.h2h(h), 2, -1)
        return fused(a, b) + h


class Memory(NamedTuple):
    h: Any
    c: Any


@asked("h, c", "h, c", call=("x", Memory("h", "c")))
class PeepholeByFlag(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, peephole: bool = True) -> None:
        super().__init__()
        self.peephole = peephole
        self.W, self.U = nn.Linear(input_size, 4 * hidden_size), nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        if peephole:
            self.w_ci, self.w_cf, self.w_co = weight(hidden_size), weight(hidden_size), weight(hidden_size)

    def forward(self, x: Tensor, state: Memory) -> Memory:
        a = self.W(x) + self.U(state.h)
        i, f, g, o = torch.split(a, a.shape[-1] // 4, dim=-1)
        if self.peephole:
            i, f = i + self.w_ci * state.c, f + self.w_cf * state.c
        c = f.sigmoid() * state.c + i.sigmoid() * g.tanh()
        if self.peephole:
            o = o + self.w_co * c
        return Memory(h=o.sigmoid() * c.tanh(), c=c)


@asked("y, h", params={"W_z": (N, M), "W_h": (N, M)}, call=("x", "h", "W_z", "W_h"))
def min_gru(x: Tensor, h: Tensor, W_z: Tensor, W_h: Tensor) -> Any:
    def g(a: Tensor) -> Tensor:
        return torch.where(a >= 0, a + 0.5, a.sigmoid())

    h = torch.lerp(h, g(x @ W_h.mT), torch.sigmoid(F.linear(x, W_z)))
    return h * 1.0, h


@asked("h", params={"W": (N, M), "U": (N, N)}, call=({"W": "W", "U": "U"}, "x", "h"))
def of_a_mapping(params: Mapping[str, Tensor], x: Tensor, h: Tensor) -> Tensor:
    return torch.tanh(x @ params["W"].T + h @ params["U"].T)


@asked("h")
class IndependentRNN(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, hidden_max_abs: float = 2.0) -> None:
        super().__init__()
        self.weight_ih, self.weight_hh, self.bias_ih = weight(hidden_size, input_size), weight(hidden_size), weight(1)
        self.weight_hh.data = self.weight_hh.data.clamp(max=hidden_max_abs, min=-hidden_max_abs)

    def forward(self, x: Tensor, hx: Tensor) -> Tensor:
        return F.relu(F.linear(x, self.weight_ih) + self.bias_ih + torch.mul(self.weight_hh, hx))


@asked("y, (_, c)", "c")
class SimpleRecurrentUnit(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.W, self.b = weight(input_size, 4 * hidden_size), weight(2 * hidden_size)
        self.vf, self.vr = weight(hidden_size), weight(hidden_size)

    def forward(self, x: Tensor, c: Tensor) -> Any:
        u0, u1, u2, u3 = torch.matmul(x, self.W).view(*x.shape[:-1], -1, 4).unbind(-1)
        bf, br = self.b.chunk(2)
        f, r = torch.sigmoid(u1 + self.vf * c + bf), torch.sigmoid(u2 + self.vr * c + br)
        c = f * c + (1 - f) * u0
        h = r * c + (1 - r) * u3
        return h, (h, c)


@asked("y, s", {"s": (2 * M, K)}, make={"d_model": M, "d_state": K}, batches=(4,))
class MambaStep(nn.Module):
    def __init__(self, d_model: int, d_state: int) -> None:
        super().__init__()
        inner, self.d_state, self.dt_rank = 2 * d_model, d_state, math.ceil(d_model / 16)
        self.in_proj = nn.Linear(d_model, 2 * inner, bias=False)
        self.x_proj = nn.Linear(inner, self.dt_rank + 2 * d_state, bias=False)
        self.dt_proj = nn.Linear(self.dt_rank, inner)
        A = torch.arange(1, d_state + 1, dtype=torch.float32).repeat(inner, 1)
        self.A_log, self.D = nn.Parameter(torch.log(A)), nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, d_model, bias=False)

    def forward(self, hidden_states: Tensor, ssm_state: Tensor) -> Any:
        dtype = hidden_states.dtype
        x, z = self.in_proj(hidden_states).chunk(2, dim=-1)
        x = F.silu(x)
        dt, B, C = torch.split(self.x_proj(x), [self.dt_rank, self.d_state, self.d_state], dim=-1)
        dt = F.softplus(F.linear(dt, self.dt_proj.weight) + self.dt_proj.bias.to(dtype=dt.dtype))
        A = -torch.exp(self.A_log.float())
        dA, dB = torch.exp(torch.einsum("bd,dn->bdn", dt, A)), torch.einsum("bd,bn->bdn", dt, B)
        ssm_state.copy_(ssm_state * dA + x[:, :, None] * dB)
        y = torch.einsum("bdn,bn->bd", ssm_state.to(dtype), C) + self.D.to(dtype) * x
        return self.out_proj(y * F.silu(z)), ssm_state


@asked("y, (xx, aa, bb, pp)", dict.fromkeys(("xx", "aa", "bb", "pp"), (M,)), make={"n_embd": M})
class RWKV4(nn.Module):
    def __init__(self, n_embd: int) -> None:
        super().__init__()
        self.time_decay, self.time_first, self.time_mix_k = weight(n_embd), weight(n_embd), weight(n_embd)
        self.time_mix_v, self.time_mix_r = weight(1, n_embd), weight(1, n_embd)
        for name in ("key", "value", "receptance", "output"):
            setattr(self, name, nn.Linear(n_embd, n_embd, bias=False))

    def forward(self, x: Tensor, state: Any) -> Any:
        xx, aa, bb, pp = state
        xk = x * self.time_mix_k + xx * (1 - self.time_mix_k)
        xv, xr = (x * mix[0] + xx * (1 - mix[0]) for mix in (self.time_mix_v, self.time_mix_r))
        r, k, v = torch.sigmoid(self.receptance(xr)), self.key(xk), self.value(xv)
        ww = self.time_first + k
        qq = torch.maximum(pp, ww)
        e1, e2 = torch.exp(pp - qq), torch.exp(ww - qq)
        wkv = (e1 * aa + e2 * v) / (e1 * bb + e2)
        ww = pp + -torch.exp(self.time_decay)
        qq = torch.maximum(ww, k)
        e1, e2 = torch.exp(ww - qq), torch.exp(k - qq)
        return self.output(r * wkv), (x, e1 * aa + e2 * v, e1 * bb + e2, qq)


@asked(
    "h, c",
    {"h": (N, J, K), "c": (N, J, K)},
    inputs={"x": (M, J, K)},
    call=("x", "h", "c"),
    batches=(2,),
    make={"input_size": M, "hidden_size": N, "positions": (J, K)},
)
class ConvLSTM(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, positions: tuple[int, int], kernel: int = 3) -> None:
        super().__init__()
        self.hidden_dim = hidden_size
        self.conv = nn.Conv2d(input_size + hidden_size, 4 * hidden_size, kernel, padding=kernel // 2)
        self.W_ci = weight(1, hidden_size, *positions)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> Any:
        i, f, o, g = torch.split(self.conv(torch.cat([x, h], dim=1)), self.hidden_dim, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i + c * self.W_ci) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


@asked("h, m", {"h": (N,), "m": (J, K)}, make={"i": M, "h": N, "width": K}, batches=(4,))
class TuringMachine(nn.Module):
    def __init__(self, i: int, h: int, width: int) -> None:
        super().__init__()
        self.cell, self.head, self.width = nn.GRUCell(i + width, h), nn.Linear(h, 3 * width + 3), width

    def forward(self, x: Tensor, state: Any) -> Any:
        h, memory = state
        k, erase, add, rest = self.head(h).split([self.width, self.width, self.width, 3], -1)
        beta, g, gamma = rest.unbind(-1)
        similar = F.cosine_similarity(memory + 1e-16, k.unsqueeze(1) + 1e-16, dim=-1)
        w = F.softmax(F.softplus(beta).unsqueeze(-1) * similar, dim=1) * torch.sigmoid(g)[:, None]
        w = torch.pow(w, 1 + F.softplus(gamma)[:, None])
        w = w / (w.sum(-1, keepdim=True) + 1e-16)
        r = torch.bmm(w.unsqueeze(1), memory).squeeze(1)
        memory = memory * (1 - w.unsqueeze(-1) * torch.sigmoid(erase).unsqueeze(1)) + torch.einsum("bj,bk->bjk", w, add)
        return self.cell(torch.cat([x, r], -1), h), memory


@asked("slots", {"slots": (J, K)}, make={"dim": K, "input_size": M}, batches=(4,))
class SlotAttention(nn.Module):
    def __init__(self, dim: int, input_size: int) -> None:
        super().__init__()
        self.scale, self.norm, self.gru = dim**-0.5, nn.LayerNorm(dim), nn.GRUCell(dim, dim)
        self.to_q, self.to_k, self.to_v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.inp = nn.Linear(input_size, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Dropout(0.1), nn.Linear(2 * dim, dim))

    def forward(self, x: Tensor, slots: Tensor) -> Tensor:
        b, _, d = slots.shape
        q = self.to_q(self.norm(slots))
        seen = torch.cat([self.norm(slots), self.inp(x).unsqueeze(1)], 1)
        attn = (torch.einsum("bid,bjd->bij", q, self.to_k(seen)) * self.scale).softmax(dim=1) + 1e-8
        updates = torch.einsum("bjd,bij->bid", self.to_v(seen), attn / attn.sum(-1, keepdim=True))
        slots = self.gru(updates.reshape(-1, d), slots.reshape(-1, d)).reshape(b, -1, d)
        return slots + self.mlp(self.norm(slots))


@asked("m", {"m": (J, M)}, make={"dim": M, "heads": 2}, batches=(4,))
class RelationalMemory(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.attention = nn.MultiheadAttention(4 * dim, heads, batch_first=True)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        rows = self.up(torch.cat([memory, x.unsqueeze(1)], 1))
        attended, _ = self.attention(rows[:, :-1], rows, rows, need_weights=False)
        return memory + torch.tanh(self.down(attended))


@asked("h", batches=(4,))
class NormalisedWeights(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.x2h = torch.nn.utils.parametrizations.weight_norm(nn.Linear(input_size, hidden_size))
        self.h2h, self.bn = nn.Linear(hidden_size, hidden_size), nn.BatchNorm1d(hidden_size)
        self.register_buffer("mask", torch.tril(torch.ones(hidden_size, hidden_size)))
        self.scale, self.gain = torch.tensor(0.3), torch.ones(hidden_size)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        kept = F.linear(h, self.mask * self.h2h.weight)
        return torch.tanh(self.bn(self.x2h(x)) + self.h2h(h) * self.gain + kept) * self.scale


@asked("h, c", "h, c")
class Collections(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.W = nn.ParameterDict({gate: weight(hidden_size, input_size) for gate in "fiog"})
        self.U = nn.ParameterList([weight(hidden_size, hidden_size) for _ in "fiog"])
        self.tied = self.W["f"]

    def forward(self, x: Tensor, state: Any) -> dict[str, Tensor]:
        h, c = state
        f, i, o, g = [F.linear(x, self.W[gate]) + F.linear(h, u) for gate, u in zip("fiog", self.U, strict=True)]
        c = f.sigmoid() * c + i.sigmoid() * g.tanh() + F.linear(x, self.tied)
        return {"h": o.sigmoid() * c.tanh(), "c": c}


@dataclass
class Result:
    h: Any
    attention: Any = None


@asked("h")
class Layers(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.cells = nn.ModuleList([nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, hidden_size)])
        self.acts = nn.ModuleList([nn.ELU(), nn.Softsign()])

    def forward(self, x: Tensor, h: Tensor) -> Result:
        for k, (layer, act) in enumerate(zip(self.cells, self.acts, strict=True)):
            h = h + act(layer(h if k else x))
        return Result(h=h)


@asked("y, h")
class LiquidTimeConstant(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, unfolds: int = 3) -> None:
        super().__init__()
        self.unfolds, self.x2h, self.head = unfolds, nn.Linear(input_size, hidden_size), nn.Linear(hidden_size, 2)
        for name in ("mu", "sigma", "w", "erev"):
            setattr(self, name, weight(hidden_size, hidden_size))
        self.gleak, self.vleak, self.cm = weight(hidden_size), weight(hidden_size), weight(hidden_size)
        self.register_buffer("sparsity", torch.ones(hidden_size, hidden_size))

    def forward(self, x: Tensor, v: Tensor) -> Any:
        current, cm_t = self.x2h(x), F.softplus(self.cm) * self.unfolds
        for _ in range(self.unfolds):
            act = F.softplus(self.w) * torch.sigmoid(self.sigma * (v.unsqueeze(-1) - self.mu)) * self.sparsity
            numerator, denominator = torch.sum(act * self.erev, dim=-2), torch.sum(act, dim=-2)
            v = (cm_t * v + self.gleak * self.vleak + numerator + current) / (cm_t + self.gleak + denominator + 1e-8)
        return self.head(v)[..., 0:1], v


@asked("(c, n, m, h)", "c, n, m, h")
class ScalarXLSTM(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.W, self.R = nn.Linear(input_size, 4 * hidden_size), weight(hidden_size, 4 * hidden_size)

    def forward(self, x: Tensor, state: Any) -> Any:
        c, n, m, h = state
        i, f, z, o = (self.W(x) + h @ self.R).tensor_split(4, dim=-1)
        log_f = F.logsigmoid(f) + m
        m = torch.max(i, log_f)
        i, f = torch.exp(i - m), torch.exp(log_f - m)
        c, n = f * c + i * torch.tanh(z), f * n + i
        return c, n, m, torch.sigmoid(o) * (c / n)


@asked("h", call=("x",), keywords={"hx": "h", "scale": 2.5})
class KeywordState(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.cell, self.start = nn.RNNCell(input_size, hidden_size), torch.zeros(hidden_size)

    def forward(self, x: Tensor, hx: Tensor | None = None, *, scale: float = 1.0) -> Tensor:
        self.last = self.cell(x, self.start if hx is None else hx) * scale
        return self.last


@asked("h", method="step", batches=(4,))
class OfALayer(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.proj, self.lstm = nn.Linear(input_size, hidden_size), nn.LSTM(hidden_size, hidden_size, batch_first=True)

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        state = (h.unsqueeze(0), torch.zeros_like(h).unsqueeze(0))
        out, _ = self.lstm(self.proj(x).unsqueeze(1), state)
        return out[:, -1]
