"""State space models, one step at a time."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class MambaStep(nn.Module):
    """As it decodes: the window of the convolution is rolled, dt has a low rank."""

    def __init__(self, d_model, d_inner, d_state, dt_rank, d_conv=4):
        super().__init__()
        self.d_state, self.dt_rank = d_state, dt_rank
        self.in_proj = nn.Linear(d_model, d_inner * 2, bias=False)
        self.conv1d = nn.Conv1d(d_inner, d_inner, d_conv, groups=d_inner, padding=d_conv - 1)
        self.x_proj = nn.Linear(d_inner, dt_rank + d_state * 2, bias=False)
        self.dt_proj = nn.Linear(dt_rank, d_inner, bias=True)
        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, d_state + 1).repeat(d_inner, 1)))
        self.D = nn.Parameter(torch.ones(d_inner))
        self.out_proj = nn.Linear(d_inner, d_model, bias=False)

    def forward(self, hidden_states, conv_state, ssm_state):
        xz = self.in_proj(hidden_states)
        x, z = xz.chunk(2, dim=-1)
        conv_state = torch.roll(conv_state, shifts=-1, dims=-1)
        conv_state[:, :, -1] = x
        x = torch.sum(conv_state * self.conv1d.weight.squeeze(1), dim=-1)
        x = F.silu(x + self.conv1d.bias)
        x_db = self.x_proj(x)
        dt, B, C = torch.split(x_db, [self.dt_rank, self.d_state, self.d_state], dim=-1)
        dt = F.softplus(F.linear(dt, self.dt_proj.weight, bias=self.dt_proj.bias))
        A = -torch.exp(self.A_log.float())
        dA = torch.exp(torch.einsum("bd,dn->bdn", dt, A))
        dB = torch.einsum("bd,bn->bdn", dt, B)
        ssm_state = ssm_state * dA + x.unsqueeze(-1) * dB
        y = torch.einsum("bdn,bn->bd", ssm_state, C)
        y = y + self.D * x
        y = y * F.silu(z)
        return self.out_proj(y), conv_state, ssm_state


class Mamba2Step(nn.Module):
    """Heads with a scalar decay; z, x, B, C and dt come from one projection."""

    def __init__(self, d_model, nheads, headdim, d_state):
        super().__init__()
        self.nheads, self.headdim, self.d_state = nheads, headdim, d_state
        d_inner = nheads * headdim
        self.d_inner = d_inner
        self.in_proj = nn.Linear(d_model, 2 * d_inner + 2 * d_state + nheads, bias=False)
        self.dt_bias = nn.Parameter(torch.rand(nheads))
        self.A_log = nn.Parameter(torch.rand(nheads))
        self.D = nn.Parameter(torch.ones(nheads))
        self.norm = nn.RMSNorm(d_inner, eps=1e-5)
        self.out_proj = nn.Linear(d_inner, d_model, bias=False)

    def forward(self, u, h):
        zxbcdt = self.in_proj(u)
        z, x, B, C, dt = torch.split(
            zxbcdt, [self.d_inner, self.d_inner, self.d_state, self.d_state, self.nheads], dim=-1
        )
        x, B, C = F.silu(x), F.silu(B), F.silu(C)
        A = -torch.exp(self.A_log)
        dt = F.softplus(dt + self.dt_bias)
        dA = torch.exp(dt * A)
        x = x.view(u.shape[0], self.nheads, self.headdim)
        dBx = torch.einsum("bh,bn,bhp->bhpn", dt, B, x)
        h = h * dA.view(-1, self.nheads, 1, 1) + dBx
        y = torch.einsum("bhpn,bn->bhp", h, C) + self.D.view(-1, 1) * x
        y = self.norm(y.reshape(u.shape[0], self.d_inner) * F.silu(z))
        return self.out_proj(y), h


class S4DReal(nn.Module):
    """Diagonal, complex as two real arrays."""

    def __init__(self, d_model, d_state):
        super().__init__()
        self.log_dt = nn.Parameter(torch.rand(d_model))
        self.log_A_real = nn.Parameter(torch.rand(d_model, d_state))
        self.A_imag = nn.Parameter(torch.rand(d_model, d_state))
        self.C_re = nn.Parameter(torch.randn(d_model, d_state))
        self.C_im = nn.Parameter(torch.randn(d_model, d_state))
        self.D = nn.Parameter(torch.randn(d_model))

    def forward(self, u, s_re, s_im):
        dt = self.log_dt.exp().unsqueeze(-1)
        decay = torch.exp(-torch.exp(self.log_A_real) * dt)
        angle = self.A_imag * dt
        a_re, a_im = decay * torch.cos(angle), decay * torch.sin(angle)
        s_re, s_im = a_re * s_re - a_im * s_im + u.unsqueeze(-1), a_re * s_im + a_im * s_re
        y = 2 * (self.C_re * s_re - self.C_im * s_im).sum(-1) + self.D * u
        return F.gelu(y), s_re, s_im


class LRUStacked(nn.Module):
    """Real and imaginary part in one last axis of two, as view_as_real has them."""

    def __init__(self, in_features, state_features):
        super().__init__()
        self.nu_log = nn.Parameter(torch.rand(state_features))
        self.theta_log = nn.Parameter(torch.rand(state_features))
        self.gamma_log = nn.Parameter(torch.rand(state_features))
        self.B = nn.Parameter(torch.randn(state_features, in_features, 2))
        self.C = nn.Parameter(torch.randn(in_features, state_features, 2))
        self.D = nn.Parameter(torch.randn(in_features))

    def forward(self, u, state):
        mod = torch.exp(-torch.exp(self.nu_log))
        theta = torch.exp(self.theta_log)
        lam_re, lam_im = mod * torch.cos(theta), mod * torch.sin(theta)
        re, im = state.unbind(-1)
        gamma = torch.exp(self.gamma_log)
        Bu = torch.einsum("bm,nmc->bnc", u, self.B) * gamma.unsqueeze(-1)
        new_re = lam_re * re - lam_im * im + Bu[..., 0]
        new_im = lam_re * im + lam_im * re + Bu[..., 1]
        y = new_re @ self.C[..., 0].T - new_im @ self.C[..., 1].T + self.D * u
        return y, torch.stack([new_re, new_im], dim=-1)


class S5Real(nn.Module):
    """Multi-input, bilinear discretisation with a learned step for each state."""

    def __init__(self, h_dim, p_dim):
        super().__init__()
        self.log_lambda = nn.Parameter(torch.rand(p_dim))
        self.log_step = nn.Parameter(torch.rand(p_dim))
        self.B = nn.Parameter(torch.randn(p_dim, h_dim))
        self.C = nn.Parameter(torch.randn(h_dim, p_dim))

    def forward(self, u, x):
        lam = -torch.exp(self.log_lambda)
        step = torch.exp(self.log_step)
        bl = 1 / (1 - (step / 2.0) * lam)
        lam_bar = bl * (1 + (step / 2.0) * lam)
        B_bar = (bl * step)[..., None] * self.B
        x = lam_bar * x + u @ B_bar.T
        return x @ self.C.T, x


class GriffinRGLRU(nn.Module):
    """Real-gated linear recurrent unit, gates block-diagonal over heads."""

    def __init__(self, num_heads, head_dim):
        super().__init__()
        self.num_heads = num_heads
        self.recurrent_param = nn.Parameter(torch.rand(num_heads * head_dim))
        self.input_gate_weight = nn.Parameter(torch.randn(num_heads, head_dim, head_dim))
        self.input_gate_bias = nn.Parameter(torch.zeros(num_heads, head_dim))
        self.recurrent_gate_weight = nn.Parameter(torch.randn(num_heads, head_dim, head_dim))
        self.recurrent_gate_bias = nn.Parameter(torch.zeros(num_heads, head_dim))

    def _gate(self, x, weight, bias):
        x = x.view(x.shape[0], self.num_heads, -1).transpose(0, 1)
        res = torch.baddbmm(bias[:, None, :], x, weight)
        return torch.sigmoid(res.transpose(0, 1).reshape(res.shape[1], -1))

    def forward(self, activations, recurrent_states):
        input_gate = self._gate(activations, self.input_gate_weight, self.input_gate_bias)
        recurrent_gate = self._gate(activations, self.recurrent_gate_weight, self.recurrent_gate_bias)
        log_a = -8.0 * recurrent_gate * F.softplus(self.recurrent_param)
        a = torch.exp(log_a)
        gated_inputs = activations * input_gate
        multiplier = torch.sqrt(1 - torch.exp(2 * log_a))
        h = a * recurrent_states + multiplier * gated_inputs
        return h


class H3ShiftStep(nn.Module):
    """A shift SSM and a diagonal one, multiplied."""

    def __init__(self, d, n):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d)
        self.shift = nn.Parameter(torch.randn(d, 3))
        self.a = nn.Parameter(torch.rand(d, n))
        self.c = nn.Parameter(torch.rand(d, n))

    def forward(self, x, buf, s):
        q, k, v = self.q(x), self.k(x), self.v(x)
        buf = torch.stack([buf[..., 1], buf[..., 2], k], dim=-1)
        k = (buf * self.shift).sum(-1)
        s = torch.sigmoid(self.a) * s + (k * v).unsqueeze(-1)
        return q * (s * self.c).sum(-1), buf, s


class MEGAStep(nn.Module):
    """Exponential moving averages in several dimensions."""

    def __init__(self, embed_dim, ndim):
        super().__init__()
        self.delta = nn.Parameter(torch.Tensor(embed_dim, ndim, 1))
        self.alpha = nn.Parameter(torch.Tensor(embed_dim, ndim, 1))
        self.beta = nn.Parameter(torch.Tensor(embed_dim, ndim, 1))
        self.gamma = nn.Parameter(torch.Tensor(embed_dim, ndim))
        self.omega = nn.Parameter(torch.Tensor(embed_dim))
        self.scale = math.sqrt(1.0 / ndim)

    def forward(self, x, hx):
        p = torch.sigmoid(self.delta)
        q = 1.0 - p * torch.sigmoid(self.alpha)
        h = (p * self.beta).squeeze(-1) * x.unsqueeze(-1)
        h = h + q.squeeze(-1) * hx
        out = torch.einsum("bdn,dn->bd", h, self.gamma * self.scale)
        return F.silu(out + x * self.omega), h
