"""GRU and RNN cells in the ways in which people write them in PyTorch."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class CombinedGRU(nn.Module):
    def __init__(self, input_size, hidden_size):
        super(CombinedGRU, self).__init__()
        self.hidden_size = hidden_size
        self.reset_gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.update_gate = nn.Linear(input_size + hidden_size, hidden_size)
        self.candidate = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, input, hidden):
        combined = torch.cat((input, hidden), 1)
        r = torch.sigmoid(self.reset_gate(combined))
        z = torch.sigmoid(self.update_gate(combined))
        combined_reset = torch.cat((input, r * hidden), 1)
        h_tilde = torch.tanh(self.candidate(combined_reset))
        return (1 - z) * hidden + z * h_tilde


class PytorchStyleGRU(nn.Module):
    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__()
        self.x2h = nn.Linear(input_size, 3 * hidden_size, bias=bias)
        self.h2h = nn.Linear(hidden_size, 3 * hidden_size, bias=bias)

    def forward(self, x, hx=None):
        if hx is None:
            hx = x.new_zeros(x.size(0), self.h2h.in_features)
        gate_x = self.x2h(x).squeeze()
        gate_h = self.h2h(hx).squeeze()
        i_r, i_i, i_n = gate_x.chunk(3, 1)
        h_r, h_i, h_n = gate_h.chunk(3, 1)
        resetgate = torch.sigmoid(i_r + h_r)
        inputgate = torch.sigmoid(i_i + h_i)
        newgate = torch.tanh(i_n + (resetgate * h_n))
        hy = newgate + inputgate * (hx - newgate)
        return hy


class StackedWeightsGRU(nn.Module):
    """Weights as lists of parameters, stacked and multiplied in one go."""

    def __init__(self, nin, nhid):
        super().__init__()
        self.Ws = nn.ParameterList([nn.Parameter(torch.randn(nin, nhid)) for _ in range(3)])
        self.Us = nn.ParameterList([nn.Parameter(torch.randn(nhid, nhid)) for _ in range(3)])
        self.bs = nn.ParameterList([nn.Parameter(torch.zeros(nhid)) for _ in range(3)])

    def forward(self, x, h):
        xs = torch.baddbmm(torch.stack(list(self.bs)).unsqueeze(1), x.expand(3, *x.shape), torch.stack(list(self.Ws)))
        r = torch.sigmoid(xs[0] + h @ self.Us[0])
        u = torch.sigmoid(xs[1] + h @ self.Us[1])
        n = torch.tanh(xs[2] + (r * h) @ self.Us[2])
        return torch.lerp(n, h, u)


class ViewGRU(nn.Module):
    """Gates by view(B, 3, n), candidate from its own slice of one weight."""

    def __init__(self, d_model, d_state):
        super().__init__()
        self.d_state = d_state
        self.W = nn.Linear(d_model, 3 * d_state)
        self.U_rz = nn.Parameter(torch.empty(2 * d_state, d_state).normal_(std=0.02))
        self.U_n = nn.Parameter(torch.empty(d_state, d_state).normal_(std=0.02))

    def forward(self, u, state):
        B = u.shape[0]
        gates = self.W(u).view(B, 3, self.d_state)
        rz = torch.sigmoid(gates[:, :2] + (state @ self.U_rz.T).view(B, 2, self.d_state))
        r, z = rz[:, 0], rz[:, 1]
        n = torch.tanh(gates[:, 2] + F.linear(r * state, self.U_n))
        state = z * state + (1 - z) * n
        return state


class LiGRU(nn.Module):
    """Light GRU: no reset gate, ReLU, batch normalisation of what the input gives."""

    def __init__(self, input_size, hidden_size, nonlinearity="relu"):
        super().__init__()
        self.w = nn.Linear(input_size, 2 * hidden_size, bias=False)
        self.u = nn.Linear(hidden_size, 2 * hidden_size, bias=False)
        self.norm = nn.BatchNorm1d(2 * hidden_size, momentum=0.05)
        self.act = nn.ReLU() if nonlinearity == "relu" else nn.Tanh()
        self.drop = nn.Dropout(p=0.2)

    def forward(self, x, ht):
        w_bn = self.norm(self.w(x))
        gates = w_bn + self.u(ht)
        at, zt = gates.chunk(2, 1)
        zt = torch.sigmoid(zt)
        hcand = self.act(at) * self.drop(torch.ones_like(ht))
        ht = zt * ht + (1 - zt) * hcand
        return ht


class GRUD(nn.Module):
    """GRU-D: values that are missing decay to the mean."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.register_buffer("x_mean", torch.rand(input_size))
        self.gamma_x = nn.Parameter(torch.rand(input_size))
        self.gamma_x_bias = nn.Parameter(torch.rand(input_size))
        self.gamma_h = nn.Linear(input_size, hidden_size)
        self.zl = nn.Linear(input_size + hidden_size + input_size, hidden_size)
        self.rl = nn.Linear(input_size + hidden_size + input_size, hidden_size)
        self.hl = nn.Linear(input_size + hidden_size + input_size, hidden_size)

    def forward(self, x, x_last, mask, delta, h):
        delta_x = torch.exp(-torch.max(torch.zeros_like(delta), delta * self.gamma_x + self.gamma_x_bias))
        delta_h = torch.exp(-torch.max(torch.zeros_like(h), self.gamma_h(delta)))
        x = mask * x + (1 - mask) * (delta_x * x_last + (1 - delta_x) * self.x_mean)
        h = delta_h * h
        combined = torch.cat((x, h, mask), 1)
        z = torch.sigmoid(self.zl(combined))
        r = torch.sigmoid(self.rl(combined))
        h_tilde = torch.tanh(self.hl(torch.cat((x, r * h, mask), 1)))
        return (1 - z) * h + z * h_tilde


class GRUObservation(nn.Module):
    """GRU-ODE: dh = (1 - z)(g - h), a fixed number of Euler steps."""

    def __init__(self, input_size, hidden_size, n_steps=3, bias=True):
        super().__init__()
        self.n_steps = n_steps
        self.lin_x = nn.Linear(input_size, hidden_size * 3, bias=bias)
        self.lin_hh = nn.Linear(hidden_size, hidden_size, bias=False)
        self.lin_hz = nn.Linear(hidden_size, hidden_size, bias=False)
        self.lin_hr = nn.Linear(hidden_size, hidden_size, bias=False)

    def ode_func(self, x, h):
        xr, xz, xh = torch.chunk(self.lin_x(x), 3, dim=1)
        r = torch.sigmoid(xr + self.lin_hr(h))
        z = torch.sigmoid(xz + self.lin_hz(h))
        u = torch.tanh(xh + self.lin_hh(r * h))
        return (1 - z) * (u - h)

    def forward(self, x, h):
        delta_t = 1.0 / self.n_steps
        for _ in range(self.n_steps):
            h = h + delta_t * self.ode_func(x, h)
        return h


class ResidualPreNormGRU(nn.Module):
    """A block: normalise, step, project, add."""

    def __init__(self, dim, hidden_dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.rnn = nn.GRUCell(dim, hidden_dim)
        self.out_proj = nn.Linear(hidden_dim, dim)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, h):
        h = self.rnn(self.norm(x), h)
        return x + self.dropout(self.out_proj(h)), h


class MinimalGatedUnit(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.wf = nn.Linear(input_size, hidden_size)
        self.uf = nn.Linear(hidden_size, hidden_size, bias=False)
        self.wh = nn.Linear(input_size, hidden_size)
        self.uh = nn.Linear(hidden_size, hidden_size, bias=False)

    def forward(self, x, h):
        f = torch.sigmoid(self.wf(x) + self.uf(h))
        h_hat = torch.tanh(self.wh(x) + self.uh(f * h))
        return torch.lerp(h, h_hat, f)


class CharRNN(nn.Module):
    """As in a tutorial about names."""

    def __init__(self, input_size, hidden_size, output_size):
        super(CharRNN, self).__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        hidden = F.tanh(self.i2h(input) + self.h2h(hidden))
        output = self.h2o(hidden)
        output = self.softmax(output)
        return output, hidden

    def initHidden(self):
        return torch.zeros(1, self.hidden_size)


class IndRNNCell(nn.Module):
    def __init__(self, input_size, hidden_size, hidden_max_abs=None):
        super().__init__()
        self.hidden_max_abs = hidden_max_abs
        self.weight_ih = nn.Parameter(torch.randn(hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.ones(hidden_size))
        self.bias_ih = nn.Parameter(torch.zeros(hidden_size))

    def forward(self, input, hx):
        return F.relu(F.linear(input, self.weight_ih, self.bias_ih) + self.weight_hh * hx)


@torch.jit.script
def gru_gates(x, h, w_x, w_h, b):
    """Jitted, w_x is (3n, m)."""
    gx = torch.nn.functional.linear(x, w_x, b)
    gh = torch.nn.functional.linear(h, w_h)
    rx, zx, nx = gx.chunk(3, dim=-1)
    rh, zh, nh = gh.chunk(3, dim=-1)
    r = torch.sigmoid(rx + rh)
    z = torch.sigmoid(zx + zh)
    return (1 - z) * torch.tanh(nx + r * nh) + z * h


class SequentialRNN(nn.Module):
    """A step that is an MLP."""

    def __init__(self, obs_dim, hid_dim, width):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(obs_dim + hid_dim, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Linear(width, hid_dim),
        )

    def forward(self, obs, carry):
        return carry + self.net(torch.cat([obs, carry], dim=-1))


class RSSMCell(nn.Module):
    """The deterministic path of a world model: GRU with layer norm over all gates and a shifted update gate."""

    def __init__(self, inp_size, size, update_bias=-1):
        super().__init__()
        self._size = size
        self._layer = nn.Linear(inp_size + size, 3 * size, bias=False)
        self._norm = nn.LayerNorm(3 * size, eps=1e-3)
        self._update_bias = update_bias

    def forward(self, inputs, state):
        parts = self._norm(self._layer(torch.cat([inputs, state], -1)))
        reset, cand, update = torch.split(parts, [self._size] * 3, -1)
        reset = torch.sigmoid(reset)
        cand = torch.tanh(reset * cand)
        update = torch.sigmoid(update + self._update_bias)
        output = update * cand + (1 - update) * state
        return output, [output]
