"""Linear attention and its kin, one step at a time, with heads."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def elu_feature_map(x):
    return F.elu(x) + 1


class RecurrentLinearAttention(nn.Module):
    def __init__(self, d_model, n_heads, d_head, eps=1e-6):
        super().__init__()
        self.n_heads = n_heads
        self.query_projection = nn.Linear(d_model, d_head * n_heads)
        self.key_projection = nn.Linear(d_model, d_head * n_heads)
        self.value_projection = nn.Linear(d_model, d_head * n_heads)
        self.out_projection = nn.Linear(d_head * n_heads, d_model)
        self.eps = eps

    def forward(self, x, state):
        N, H = x.shape[0], self.n_heads
        query = self.query_projection(x).view(N, H, -1)
        key = self.key_projection(x).view(N, H, -1)
        value = self.value_projection(x).view(N, H, -1)
        Q, K = elu_feature_map(query), elu_feature_map(key)
        Si, Zi = state
        Zi = Zi + K
        Si = Si + torch.einsum("nhd,nhm->nhdm", K, value)
        Z = 1.0 / (torch.einsum("nhd,nhd->nh", Q, Zi) + self.eps)
        V = torch.einsum("nhd,nhdm,nh->nhm", Q, Si, Z)
        return self.out_projection(V.reshape(N, -1)), [Si, Zi]


class RetentionStep(nn.Module):
    """Retention with a decay for each head, group norm, swish gate."""

    def __init__(self, embed_dim, num_heads, head_dim):
        super().__init__()
        self.num_heads = num_heads
        self.q_proj = nn.Linear(embed_dim, num_heads * head_dim, bias=False)
        self.k_proj = nn.Linear(embed_dim, num_heads * head_dim, bias=False)
        self.v_proj = nn.Linear(embed_dim, num_heads * head_dim, bias=False)
        self.g_proj = nn.Linear(embed_dim, num_heads * head_dim, bias=False)
        self.out_proj = nn.Linear(num_heads * head_dim, embed_dim, bias=False)
        self.register_buffer("decay", 1 - 2 ** (-5 - torch.arange(num_heads, dtype=torch.float)))
        self.head_dim = head_dim

    def forward(self, x, kv):
        bsz = x.size(0)
        q = self.q_proj(x).view(bsz, self.num_heads, self.head_dim)
        k = self.k_proj(x).view(bsz, self.num_heads, self.head_dim) * self.head_dim ** -0.5
        v = self.v_proj(x).view(bsz, self.num_heads, self.head_dim)
        kv = kv * self.decay.view(1, -1, 1, 1) + k.unsqueeze(-1) * v.unsqueeze(-2)
        out = torch.sum(q.unsqueeze(-1) * kv, dim=2)
        out = out * torch.rsqrt(out.pow(2).mean(-1, keepdim=True) + 1e-6)
        out = F.silu(self.g_proj(x)) * out.reshape(bsz, -1)
        return self.out_proj(out), kv


class RWKV4TimeMix(nn.Module):
    """State: last x, numerator, denominator, maximum."""

    def __init__(self, n_embd):
        super().__init__()
        self.time_mix_k = nn.Parameter(torch.rand(1, n_embd))
        self.time_mix_v = nn.Parameter(torch.rand(1, n_embd))
        self.time_mix_r = nn.Parameter(torch.rand(1, n_embd))
        self.time_decay = nn.Parameter(torch.rand(n_embd))
        self.time_first = nn.Parameter(torch.rand(n_embd))
        self.key = nn.Linear(n_embd, n_embd, bias=False)
        self.value = nn.Linear(n_embd, n_embd, bias=False)
        self.receptance = nn.Linear(n_embd, n_embd, bias=False)
        self.output = nn.Linear(n_embd, n_embd, bias=False)

    def forward(self, x, sx, aa, bb, pp):
        xk = x * self.time_mix_k + sx * (1 - self.time_mix_k)
        xv = x * self.time_mix_v + sx * (1 - self.time_mix_v)
        xr = x * self.time_mix_r + sx * (1 - self.time_mix_r)
        r = torch.sigmoid(self.receptance(xr))
        k = self.key(xk)
        v = self.value(xv)
        ww = self.time_first + k
        qq = torch.maximum(pp, ww)
        e1 = torch.exp(pp - qq)
        e2 = torch.exp(ww - qq)
        a = e1 * aa + e2 * v
        b = e1 * bb + e2
        wkv = a / b
        ww = pp - torch.exp(self.time_decay)
        qq = torch.maximum(ww, k)
        e1 = torch.exp(ww - qq)
        e2 = torch.exp(k - qq)
        return self.output(r * wkv), x, e1 * aa + e2 * v, e1 * bb + e2, qq


class RWKV5Step(nn.Module):
    """A matrix for each head, with a bonus for what is new; GroupNorm over heads."""

    def __init__(self, n_embd, n_head, head_size):
        super().__init__()
        self.n_head, self.head_size = n_head, head_size
        self.time_mix = nn.Parameter(torch.rand(4, n_embd))
        self.time_decay = nn.Parameter(torch.rand(n_head, head_size))
        self.time_faaaa = nn.Parameter(torch.rand(n_head, head_size))
        self.receptance = nn.Linear(n_embd, n_head * head_size, bias=False)
        self.key = nn.Linear(n_embd, n_head * head_size, bias=False)
        self.value = nn.Linear(n_embd, n_head * head_size, bias=False)
        self.gate = nn.Linear(n_embd, n_head * head_size, bias=False)
        self.output = nn.Linear(n_head * head_size, n_embd, bias=False)
        self.ln_x = nn.GroupNorm(n_head, n_head * head_size)

    def forward(self, x, shift, s):
        B = x.size(0)
        H, S = self.n_head, self.head_size
        xk, xv, xr, xg = (torch.lerp(shift, x, self.time_mix[i]) for i in range(4))
        r = self.receptance(xr).view(B, H, 1, S)
        k = self.key(xk).view(B, H, S, 1)
        v = self.value(xv).view(B, H, 1, S)
        g = F.silu(self.gate(xg))
        a = k @ v
        out = r @ (self.time_faaaa.unsqueeze(-1) * a + s)
        s = a + torch.exp(-torch.exp(self.time_decay)).unsqueeze(-1) * s
        out = self.ln_x(out.flatten(1)) * g
        return self.output(out), x, s


class DeltaNetStep(nn.Module):
    def __init__(self, hidden_size, num_heads, head_dim):
        super().__init__()
        self.num_heads = num_heads
        self.q_proj = nn.Linear(hidden_size, num_heads * head_dim, bias=False)
        self.k_proj = nn.Linear(hidden_size, num_heads * head_dim, bias=False)
        self.v_proj = nn.Linear(hidden_size, num_heads * head_dim, bias=False)
        self.b_proj = nn.Linear(hidden_size, num_heads, bias=False)
        self.o_proj = nn.Linear(num_heads * head_dim, hidden_size, bias=False)

    def forward(self, x, S):
        b, h = x.shape[0], self.num_heads
        q = F.normalize(F.silu(self.q_proj(x)).view(b, h, -1), dim=-1)
        k = F.normalize(F.silu(self.k_proj(x)).view(b, h, -1), dim=-1)
        v = F.silu(self.v_proj(x)).view(b, h, -1)
        beta = self.b_proj(x).sigmoid()
        v_old = torch.einsum("bhkv,bhk->bhv", S, k)
        v_new = beta.unsqueeze(-1) * (v - v_old)
        S = S + torch.einsum("bhk,bhv->bhkv", k, v_new)
        o = torch.einsum("bhkv,bhk->bhv", S, q)
        return self.o_proj(o.reshape(b, -1)), S


class GatedDeltaNetStep(nn.Module):
    """alpha by a softplus with A_log and dt_bias, as in Mamba."""

    def __init__(self, d, n_heads, d_k, d_v):
        super().__init__()
        self.h, self.dk, self.dv = n_heads, d_k, d_v
        self.wq = nn.Linear(d, n_heads * d_k, bias=False)
        self.wk = nn.Linear(d, n_heads * d_k, bias=False)
        self.wv = nn.Linear(d, n_heads * d_v, bias=False)
        self.wa = nn.Linear(d, n_heads, bias=False)
        self.wb = nn.Linear(d, n_heads, bias=False)
        self.A_log = nn.Parameter(torch.zeros(n_heads))
        self.dt_bias = nn.Parameter(torch.zeros(n_heads))
        self.wo = nn.Linear(n_heads * d_v, d, bias=False)

    def forward(self, x, S):
        B = x.size(0)
        q = self.wq(x).reshape(B, self.h, self.dk)
        k = self.wk(x).reshape(B, self.h, self.dk)
        v = self.wv(x).reshape(B, self.h, self.dv)
        q = q * torch.rsqrt((q * q).sum(-1, keepdim=True) + 1e-6)
        k = k * torch.rsqrt((k * k).sum(-1, keepdim=True) + 1e-6)
        g = -self.A_log.exp() * F.softplus(self.wa(x) + self.dt_bias)
        beta = torch.sigmoid(self.wb(x))
        S = S * g.exp()[..., None, None]
        S = S + k[..., None] * (beta[..., None] * (v - (S * k[..., None]).sum(-2)))[..., None, :]
        o = (S * q[..., None]).sum(-2)
        return self.wo(o.reshape(B, -1)), S


class GLAStep(nn.Module):
    """Gates of low rank, to the power 1/16."""

    def __init__(self, hidden_size, num_heads, head_k, head_v, gate_low_rank_dim, gate_logit_normalizer=16):
        super().__init__()
        self.num_heads = num_heads
        self.q_proj = nn.Linear(hidden_size, num_heads * head_k, bias=False)
        self.k_proj = nn.Linear(hidden_size, num_heads * head_k, bias=False)
        self.v_proj = nn.Linear(hidden_size, num_heads * head_v, bias=False)
        self.g_proj = nn.Linear(hidden_size, num_heads * head_v, bias=False)
        self.gk_proj = nn.Sequential(
            nn.Linear(hidden_size, gate_low_rank_dim, bias=False), nn.Linear(gate_low_rank_dim, num_heads * head_k)
        )
        self.g_norm = nn.RMSNorm(head_v, eps=1e-5)
        self.o_proj = nn.Linear(num_heads * head_v, hidden_size, bias=False)
        self.gate_logit_normalizer = gate_logit_normalizer

    def forward(self, x, state):
        split = lambda t: t.unflatten(-1, (self.num_heads, -1))
        q, k, v = split(self.q_proj(x)), split(self.k_proj(x)), split(self.v_proj(x))
        gk = split(F.logsigmoid(self.gk_proj(x)) / self.gate_logit_normalizer)
        state = state * gk.exp().unsqueeze(-1) + k.unsqueeze(-1) * v.unsqueeze(-2)
        o = (q.unsqueeze(-1) * state).sum(-2)
        o = self.g_norm(o) * F.silu(split(self.g_proj(x)))
        return self.o_proj(o.flatten(-2)), state


class HGRN2Step(nn.Module):
    """The key is what the forget gate leaves."""

    def __init__(self, d_model, n_head, expand):
        super().__init__()
        self.n_head, self.expand = n_head, expand
        self.q_proj = nn.Linear(d_model, n_head * expand, bias=False)
        self.f_proj = nn.Linear(d_model, n_head * expand, bias=False)
        self.i_proj = nn.Linear(d_model, d_model, bias=False)
        self.norm = nn.RMSNorm(d_model)
        self.out = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x, S):
        q = F.silu(self.q_proj(x)).view(-1, self.n_head, self.expand)
        f = torch.sigmoid(self.f_proj(x)).view(-1, self.n_head, self.expand)
        i = self.i_proj(x).view(x.size(0), self.n_head, -1)
        k = 1 - f
        S = f.unsqueeze(-1) * S + torch.einsum("bhe,bhd->bhed", k, i)
        o = torch.einsum("bhe,bhed->bhd", q, S).reshape(x.size(0), -1)
        return self.out(self.norm(o)), S


class MLSTMCell(nn.Module):
    """Exponential gates with a stabiliser, one head."""

    def __init__(self, d_in, d):
        super().__init__()
        self.Wq, self.Wk, self.Wv = nn.Linear(d_in, d), nn.Linear(d_in, d), nn.Linear(d_in, d)
        self.wi, self.wf = nn.Linear(d_in, 1), nn.Linear(d_in, 1)
        self.Wo = nn.Linear(d_in, d)
        self.d = d

    def forward(self, x, state):
        C, n, m = state
        q, k, v = self.Wq(x), self.Wk(x) / self.d ** 0.5, self.Wv(x)
        i_tilde, f_tilde = self.wi(x), self.wf(x)
        log_f = F.logsigmoid(f_tilde)
        m_new = torch.maximum(log_f + m, i_tilde)
        i = torch.exp(i_tilde - m_new)
        f = torch.exp(log_f + m - m_new)
        C = f.unsqueeze(-1) * C + i.unsqueeze(-1) * (v.unsqueeze(2) @ k.unsqueeze(1))
        n = f * n + i * k
        num = (C @ q.unsqueeze(2)).squeeze(2)
        den = torch.clamp((n * q).sum(1, keepdim=True).abs(), min=1.0)
        h = torch.sigmoid(self.Wo(x)) * num / den
        return h, (C, n, m_new)


class SLSTMHeads(nn.Module):
    """Recurrent weights within heads: a block-diagonal matrix by einsum."""

    def __init__(self, inp_dim, head_num, head_dim):
        super().__init__()
        self.head_num, self.head_dim = head_num, head_dim
        self.W = nn.Linear(inp_dim, 4 * head_num * head_dim)
        self.R = nn.Parameter(torch.randn(4, head_num, head_dim, head_dim) * 0.1)

    def forward(self, x, h, c, n, m):
        B = x.shape[0]
        wx = self.W(x).view(B, 4, self.head_num, self.head_dim)
        rh = torch.einsum("bhd,ghde->bghe", h, self.R)
        z, i, f, o = (wx + rh).unbind(dim=1)
        z, o = torch.tanh(z), torch.sigmoid(o)
        log_f = F.logsigmoid(f)
        m_t = torch.max(log_f + m, i)
        i, f = torch.exp(i - m_t), torch.exp(log_f + m - m_t)
        c = f * c + i * z
        n = f * n + i
        h = o * (c / n)
        return h, c, n, m_t


class GatedSlotAttention(nn.Module):
    """ABC-like: keys and values in slots, softmax over slots between."""

    def __init__(self, d_model, slots, d_head):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(d_model, d_head, bias=False) for _ in range(3))
        self.f = nn.Linear(d_model, slots, bias=False)
        self.o = nn.Linear(d_head, d_model, bias=False)

    def forward(self, x, K, V):
        f = torch.sigmoid(self.f(x))
        s = 1 - f
        K = f.unsqueeze(-1) * K + s.unsqueeze(-1) * self.k(x).unsqueeze(-2)
        V = f.unsqueeze(-1) * V + s.unsqueeze(-1) * self.v(x).unsqueeze(-2)
        p = (K @ self.q(x).unsqueeze(-1)).squeeze(-1).softmax(-1)
        o = (V.transpose(-1, -2) @ p.unsqueeze(-1)).squeeze(-1)
        return self.o(F.silu(o)), K, V


class TitansLinearMemory(nn.Module):
    """Linear memory learned by gradient with momentum and forgetting; the gradient is written out."""

    def __init__(self, dim, mem_dim):
        super().__init__()
        self.to_q = nn.Linear(dim, mem_dim, bias=False)
        self.to_k = nn.Linear(dim, mem_dim, bias=False)
        self.to_v = nn.Linear(dim, mem_dim, bias=False)
        self.lr = nn.Linear(dim, 1)
        self.momentum = nn.Linear(dim, 1)
        self.decay = nn.Linear(dim, 1)

    def forward(self, x, M, S):
        q, k, v = self.to_q(x), F.normalize(self.to_k(x), dim=-1), self.to_v(x)
        theta, eta, alpha = self.lr(x).sigmoid(), self.momentum(x).sigmoid(), self.decay(x).sigmoid()
        error = torch.einsum("bij,bj->bi", M, k) - v
        grad = torch.einsum("bi,bj->bij", error, k)
        S = eta[..., None] * S - theta[..., None] * grad
        M = (1 - alpha)[..., None] * M + S
        return torch.einsum("bij,bj->bi", M, q), M, S


class FastWeightProgrammer(nn.Module):
    """Two heads by number, a slow net that writes into a fast one."""

    def __init__(self, in_dim, dim_head, num_head=2):
        super().__init__()
        self.num_head = num_head
        self.dim_head = dim_head
        self.slow_net = nn.Linear(in_dim, num_head * (3 * dim_head + 1), bias=False)
        self.out_linear = nn.Linear(num_head * dim_head, in_dim, bias=False)

    def forward(self, x, W):
        bsz = x.size(0)
        qkvb = self.slow_net(x).view(bsz, self.num_head, 3 * self.dim_head + 1)
        q, k, v, beta = torch.split(qkvb, (self.dim_head,) * 3 + (1,), -1)
        q, k = F.softmax(q, dim=-1), F.softmax(k, dim=-1)
        beta = torch.sigmoid(beta)
        v_old = torch.einsum("bhij,bhj->bhi", W, k)
        W = W + torch.einsum("bhi,bhj->bhij", beta * (v - v_old), k)
        out = torch.einsum("bhij,bhj->bhi", W, q).reshape(bsz, -1)
        return x + self.out_linear(out), W
