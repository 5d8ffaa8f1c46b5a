"""Cells in continuous time, reservoirs, and memories of polynomials."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class CTRNN(nn.Module):
    """Continuous-time RNN: alpha = dt / tau."""

    def __init__(self, input_size, hidden_size, dt=20, tau=100):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.tau = tau
        self.alpha = 1 if dt is None else dt / self.tau
        self.input2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)

    def forward(self, input, hidden):
        h_new = torch.relu(self.input2h(input) + self.h2h(hidden))
        h_new = hidden * (1 - self.alpha) + h_new * self.alpha
        return h_new


class DaleCTRNN(nn.Module):
    """Excitatory and inhibitory units: signs and a mask are buffers."""

    def __init__(self, n_in, n_rec, n_out):
        super().__init__()
        self.w_in = nn.Parameter(torch.rand(n_rec, n_in))
        self.w_rec = nn.Parameter(torch.rand(n_rec, n_rec))
        self.readout = nn.Linear(n_rec, n_out)
        sign = np.ones(n_rec)
        sign[int(0.8 * n_rec):] = -1
        self.register_buffer("mask", torch.tensor((1 - np.eye(n_rec)) * sign, dtype=torch.float32))

    def forward(self, u, r):
        w_eff = torch.abs(self.w_rec) * self.mask
        r = 0.8 * r + 0.2 * F.relu(F.linear(u, self.w_in) + r @ w_eff.t())
        return self.readout(r), r


class RK4Cell(nn.Module):
    """A neural ODE with a GRU at each observation; h is carried on by one step of Runge-Kutta."""

    def __init__(self, obs_dim, latent_dim, width):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(latent_dim, width), nn.Tanh(), nn.Linear(width, latent_dim))
        self.update = nn.GRUCell(obs_dim, latent_dim)

    def forward(self, x, dt, h):
        k1 = self.f(h)
        k2 = self.f(h + 0.5 * dt * k1)
        k3 = self.f(h + 0.5 * dt * k2)
        k4 = self.f(h + dt * k3)
        h = h + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return self.update(x, h)


class LTCCell(nn.Module):
    """Liquid time constants, semi-implicit Euler with a fixed number of unfolds."""

    def __init__(self, units, in_features, ode_unfolds=3, epsilon=1e-8):
        super().__init__()
        self._ode_unfolds = ode_unfolds
        self._epsilon = epsilon
        self.gleak = nn.Parameter(torch.rand(units))
        self.vleak = nn.Parameter(torch.rand(units))
        self.cm = nn.Parameter(torch.rand(units))
        self.w = nn.Parameter(torch.rand(units, units))
        self.sigma = nn.Parameter(torch.rand(units, units))
        self.mu = nn.Parameter(torch.rand(units, units))
        self.erev = nn.Parameter(torch.rand(units, units))
        self.sensory_w = nn.Parameter(torch.rand(in_features, units))
        self.sensory_sigma = nn.Parameter(torch.rand(in_features, units))
        self.sensory_mu = nn.Parameter(torch.rand(in_features, units))
        self.sensory_erev = nn.Parameter(torch.rand(in_features, units))

    def _sigmoid(self, v_pre, mu, sigma):
        v_pre = torch.unsqueeze(v_pre, -1)
        mues = v_pre - mu
        x = sigma * mues
        return torch.sigmoid(x)

    def forward(self, inputs, state):
        v_pre = state
        sensory_w_activation = F.softplus(self.sensory_w) * self._sigmoid(
            inputs, self.sensory_mu, self.sensory_sigma
        )
        sensory_rev_activation = sensory_w_activation * self.sensory_erev
        w_numerator_sensory = torch.sum(sensory_rev_activation, dim=1)
        w_denominator_sensory = torch.sum(sensory_w_activation, dim=1)
        cm_t = F.softplus(self.cm) * self._ode_unfolds
        w_param = F.softplus(self.w)
        for t in range(self._ode_unfolds):
            w_activation = w_param * self._sigmoid(v_pre, self.mu, self.sigma)
            rev_activation = w_activation * self.erev
            w_numerator = torch.sum(rev_activation, dim=1) + w_numerator_sensory
            w_denominator = torch.sum(w_activation, dim=1) + w_denominator_sensory
            gleak = F.softplus(self.gleak)
            numerator = cm_t * v_pre + gleak * self.vleak + w_numerator
            denominator = cm_t + gleak + w_denominator
            v_pre = numerator / (denominator + self._epsilon)
        return v_pre


class LeCun(nn.Module):
    def __init__(self):
        super().__init__()
        self.tanh = nn.Tanh()

    def forward(self, x):
        return 1.7159 * self.tanh(0.666 * x)


class CfCCell(nn.Module):
    """Closed-form continuous time, with one backbone layer."""

    def __init__(self, input_size, hidden_size, backbone_units):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(input_size + hidden_size, backbone_units), LeCun())
        self.ff1 = nn.Linear(backbone_units, hidden_size)
        self.ff2 = nn.Linear(backbone_units, hidden_size)
        self.time_a = nn.Linear(backbone_units, hidden_size)
        self.time_b = nn.Linear(backbone_units, hidden_size)

    def forward(self, input, hx, ts):
        x = torch.cat([input, hx], 1)
        x = self.backbone(x)
        ff1 = torch.tanh(self.ff1(x))
        ff2 = torch.tanh(self.ff2(x))
        t_a = self.time_a(x)
        t_b = self.time_b(x)
        t_interp = torch.sigmoid(t_a * ts + t_b)
        new_hidden = ff1 * (1.0 - t_interp) + t_interp * ff2
        return new_hidden


class EchoState(nn.Module):
    """A reservoir: only what reads it out is learned."""

    def __init__(self, n_inputs, n_reservoir, n_outputs, leaking_rate=0.3, spectral_radius=0.9):
        super().__init__()
        w_in = torch.rand(n_reservoir, n_inputs) - 0.5
        w = torch.rand(n_reservoir, n_reservoir) - 0.5
        w *= spectral_radius / torch.linalg.norm(w)
        self.register_buffer("w_in", w_in)
        self.register_buffer("w", w)
        self.readout = nn.Linear(n_reservoir + n_inputs, n_outputs)
        self.leaking_rate = leaking_rate

    def forward(self, u, s):
        update = torch.tanh(u @ self.w_in.T + s @ self.w.T)
        s = (1 - self.leaking_rate) * s + self.leaking_rate * update
        return self.readout(torch.cat([s, u], dim=-1)), s


class LMUCell(nn.Module):
    """Legendre memory: A and B are buffers, fixed by the order and theta."""

    def __init__(self, input_size, hidden_size, memory_size, theta=100):
        super().__init__()
        Q = np.arange(memory_size, dtype=np.float64).reshape(-1, 1)
        R = (2 * Q + 1) / theta
        i, j = np.meshgrid(Q, Q, indexing="ij")
        A = R * np.where(i < j, -1, (-1.0) ** (i - j + 1))
        B = R * ((-1.0) ** Q)
        self.register_buffer("A", torch.tensor(A + np.eye(memory_size), dtype=torch.float))
        self.register_buffer("B", torch.tensor(B, dtype=torch.float))
        self.e_x = nn.Parameter(torch.empty(1, input_size).normal_())
        self.e_h = nn.Parameter(torch.empty(1, hidden_size).normal_())
        self.e_m = nn.Parameter(torch.empty(1, memory_size).normal_())
        self.W_x = nn.Parameter(torch.empty(hidden_size, input_size).normal_())
        self.W_h = nn.Parameter(torch.empty(hidden_size, hidden_size).normal_())
        self.W_m = nn.Parameter(torch.empty(hidden_size, memory_size).normal_())

    def forward(self, x, state):
        h, m = state
        u = F.linear(x, self.e_x) + F.linear(h, self.e_h) + F.linear(m, self.e_m)
        m = F.linear(m, self.A) + F.linear(u, self.B)
        h = torch.tanh(F.linear(x, self.W_x) + F.linear(h, self.W_h) + F.linear(m, self.W_m))
        return h, (h, m)


class LipschitzRNN(nn.Module):
    """A and W made of M: (1 - b)(M + Mt) + b(M - Mt) - gamma I."""

    def __init__(self, input_dim, n_units, beta=0.75, gamma=0.001, init_dt=0.1):
        super().__init__()
        self.E = nn.Linear(input_dim, n_units)
        self.C = nn.Parameter(torch.randn(n_units, n_units))
        self.B = nn.Parameter(torch.randn(n_units, n_units))
        self.register_buffer("I", torch.eye(n_units))
        self.beta, self.gamma, self.dt = beta, gamma, init_dt

    def forward(self, x, h):
        A = (1 - self.beta) * (self.B + self.B.t()) + self.beta * (self.B - self.B.t()) - self.gamma * self.I
        W = (1 - self.beta) * (self.C + self.C.t()) + self.beta * (self.C - self.C.t()) - self.gamma * self.I
        return h + self.dt * h @ A.t() + self.dt * torch.tanh(h @ W.t() + self.E(x))


class LIFCell(nn.Module):
    """A layer of spiking neurons with a sigmoid in place of the step."""

    def __init__(self, in_features, out_features, beta=0.9, threshold=1.0, slope=25.0):
        super().__init__()
        self.fc = nn.Linear(in_features, out_features)
        self.rec = nn.Linear(out_features, out_features, bias=False)
        self.beta, self.threshold, self.slope = beta, threshold, slope

    def forward(self, x, spk, mem):
        mem = self.beta * mem + self.fc(x) + self.rec(spk) - self.threshold * spk.detach()
        spk = torch.sigmoid(self.slope * (mem - self.threshold))
        return spk, mem
