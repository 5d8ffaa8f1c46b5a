"""Cells with a memory beside the state: fast weights, slots, windows, caches."""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


class FastWeights(nn.Module):
    """Ba et al.: A decays and learns, h settles in some inner steps under layer norm."""

    def __init__(self, num_inputs, num_units, S=2, l=0.9, e=0.5):
        super().__init__()
        self.W_h = nn.Linear(num_units, num_units, bias=False)
        self.C = nn.Linear(num_inputs, num_units)
        self.ln = nn.LayerNorm(num_units)
        self.S, self.l, self.e = S, l, e

    def forward(self, x, h, A):
        A = self.l * A + self.e * torch.einsum("bi,bj->bij", h, h)
        z = self.W_h(h) + self.C(x)
        h_s = torch.relu(z)
        for _ in range(self.S):
            h_s = torch.relu(self.ln(z + torch.bmm(A, h_s.unsqueeze(-1)).squeeze(-1)))
        return h_s, A


class NTMHead(nn.Module):
    """A head that reads and writes: addressing by content, gate, shift, sharpening over N slots."""

    def __init__(self, input_size, M):
        super().__init__()
        self.M = M
        self.fc_k = nn.Linear(input_size, M)
        self.fc_beta = nn.Linear(input_size, 1)
        self.fc_g = nn.Linear(input_size, 1)
        self.fc_gamma = nn.Linear(input_size, 1)
        self.fc_e = nn.Linear(input_size, M)
        self.fc_a = nn.Linear(input_size, M)

    def forward(self, x, w_prev, memory):
        k = torch.tanh(self.fc_k(x))
        beta = F.softplus(self.fc_beta(x))
        g = torch.sigmoid(self.fc_g(x))
        gamma = 1 + F.softplus(self.fc_gamma(x))
        e, a = torch.sigmoid(self.fc_e(x)), torch.tanh(self.fc_a(x))
        k = k.unsqueeze(1)
        dots = (memory * k).sum(-1)
        content = dots / (memory.norm(dim=-1) * k.norm(dim=-1) + 1e-16)
        wc = F.softmax(beta * content, dim=1)
        wg = g * wc + (1 - g) * w_prev
        w = torch.exp(gamma * torch.log(wg ** 2 + 1e-8))
        w = w / (w.sum(dim=1, keepdim=True) + 1e-16)
        read = torch.matmul(w.unsqueeze(1), memory).squeeze(1)
        erase = torch.matmul(w.unsqueeze(-1), e.unsqueeze(1))
        add = torch.matmul(w.unsqueeze(-1), a.unsqueeze(1))
        memory = memory * (1 - erase) + add
        return read, w, memory


class UsageMemory(nn.Module):
    """A differentiable memory with usage, as little of a DNC as has no sorting."""

    def __init__(self, input_size, hidden_size, word_size):
        super().__init__()
        self.controller = nn.LSTMCell(input_size + word_size, hidden_size)
        self.interface = nn.Linear(hidden_size, 3 * word_size + 2)
        self.word_size = word_size

    def forward(self, x, state):
        (h, c), read, memory, usage = state
        h, c = self.controller(torch.cat([x, read], -1), (h, c))
        xi = self.interface(h)
        W = self.word_size
        key, erase, write = xi[:, :W], xi[:, W:2 * W].sigmoid(), xi[:, 2 * W:3 * W]
        gate, strength = xi[:, 3 * W:3 * W + 1].sigmoid(), F.softplus(xi[:, 3 * W + 1:])
        free = F.softmax(-usage, dim=-1)
        scores = torch.einsum("bnw,bw->bn", memory, key)
        content = F.softmax(strength * scores, -1)
        ww = gate * content + (1 - gate) * free
        usage = usage + ww - usage * ww
        memory = memory * (1 - ww[:, :, None] * erase[:, None, :]) + ww[:, :, None] * write[:, None, :]
        read = (content[:, :, None] * memory).sum(1)
        return read, ((h, c), read, memory, usage)


class WindowAttentionRNN(nn.Module):
    """Attends to its last states, which stand in a window: the oldest goes, the newest comes at the end."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell = nn.GRUCell(input_size, hidden_size)
        self.query = nn.Linear(hidden_size, hidden_size, bias=False)
        self.mix = nn.Linear(2 * hidden_size, hidden_size)

    def forward(self, x, h, window):
        h = self.cell(x, h)
        scores = torch.bmm(window, self.query(h).unsqueeze(2)).squeeze(2)
        attn = F.softmax(scores, dim=1)
        context = torch.bmm(attn.unsqueeze(1), window).squeeze(1)
        h = torch.tanh(self.mix(torch.cat([h, context], dim=1)))
        window = torch.cat([window[:, 1:], h.unsqueeze(1)], dim=1)
        return h, window


class DecodeStep(nn.Module):
    """One token through a Transformer block with a cache of keys and values, several heads."""

    def __init__(self, d_model, n_heads, d_ff):
        super().__init__()
        self.n_heads = n_heads
        self.ln_1 = nn.LayerNorm(d_model)
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.proj = nn.Linear(d_model, d_model)
        self.ln_2 = nn.LayerNorm(d_model)
        self.mlp = nn.Sequential(nn.Linear(d_model, d_ff), nn.GELU(approximate="tanh"), nn.Linear(d_ff, d_model))

    def forward(self, x, k_cache, v_cache):
        B, D = x.shape
        q, k, v = self.qkv(self.ln_1(x)).split(D, dim=-1)
        q = q.view(B, self.n_heads, D // self.n_heads)
        k = k.view(B, self.n_heads, 1, D // self.n_heads)
        v = v.view(B, self.n_heads, 1, D // self.n_heads)
        k_cache = torch.cat([k_cache[:, :, 1:], k], dim=2)
        v_cache = torch.cat([v_cache[:, :, 1:], v], dim=2)
        att = torch.einsum("bhd,bhtd->bht", q, k_cache) / math.sqrt(D // self.n_heads)
        att = F.softmax(att, dim=-1)
        y = torch.einsum("bht,bhtd->bhd", att, v_cache).reshape(B, D)
        x = x + self.proj(y)
        x = x + self.mlp(self.ln_2(x))
        return x, k_cache, v_cache


class SlotAttentionStep(nn.Module):
    """Slots compete for one input and are updated by a GRU that they share."""

    def __init__(self, d_in, d_slot):
        super().__init__()
        self.to_k = nn.Linear(d_in, d_slot, bias=False)
        self.to_v = nn.Linear(d_in, d_slot, bias=False)
        self.to_q = nn.Linear(d_slot, d_slot, bias=False)
        self.gru = nn.GRUCell(d_slot, d_slot)

    def forward(self, x, slots):
        b, k, d = slots.shape
        q = self.to_q(slots)
        logits = torch.einsum("bkd,bd->bk", q, self.to_k(x)) * d ** -0.5
        attn = logits.softmax(dim=-1)
        updates = attn.unsqueeze(-1) * self.to_v(x).unsqueeze(1)
        slots = self.gru(updates.reshape(-1, d), slots.reshape(-1, d)).reshape(b, k, d)
        return slots


class EntityMemory(nn.Module):
    """Recurrent entity network: a gate for each key, states are normalised; state is a dict."""

    def __init__(self, n_entities, dim):
        super().__init__()
        self.keys = nn.Parameter(torch.randn(n_entities, dim))
        self.U = nn.Linear(dim, dim, bias=False)
        self.V = nn.Linear(dim, dim, bias=False)
        self.W = nn.Linear(dim, dim, bias=False)
        self.prelu = nn.PReLU()

    def forward(self, s, memory):
        h = memory["h"]
        gate = torch.sigmoid((h * s[:, None]).sum(-1) + s @ self.keys.T)
        cand = self.prelu(self.U(h) + self.V(self.keys) + self.W(s)[:, None])
        h = h + gate[..., None] * cand
        h = h / (h.norm(dim=-1, keepdim=True) + 1e-8)
        return {"h": h}


class HopfieldStep(nn.Module):
    """Retrieval from patterns that are learned."""

    def __init__(self, n_in, n_hidden, n_patterns, beta=8.0):
        super().__init__()
        self.patterns = nn.Parameter(torch.randn(n_patterns, n_hidden))
        self.inp = nn.Linear(n_in, n_hidden)
        self.beta = beta

    def forward(self, x, xi):
        sim = self.beta * (xi @ self.patterns.t())
        return F.softmax(sim, dim=-1) @ self.patterns + self.inp(x)


@dataclass
class KVState:
    k: torch.Tensor
    v: torch.Tensor
    decay: torch.Tensor


class DecayingCache(nn.Module):
    """Four places by number, in a dataclass."""

    def __init__(self, d):
        super().__init__()
        self.q_proj = nn.Linear(d, d, bias=False)
        self.k_proj = nn.Linear(d, d, bias=False)
        self.v_proj = nn.Linear(d, d, bias=False)

    def forward(self, x, state: KVState):
        k = torch.cat([state.k[:, 1:], self.k_proj(x)[:, None]], 1)
        v = torch.cat([state.v[:, 1:], self.v_proj(x)[:, None]], 1)
        scores = (k * self.q_proj(x)[:, None]).sum(-1) * state.decay
        y = (scores.softmax(-1)[..., None] * v).sum(1)
        return y, KVState(k, v, state.decay * 0.99)
