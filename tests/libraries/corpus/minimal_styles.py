"""Cells with fewer gates, none, or unusual ones."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class RAN(nn.Module):
    """Recurrent additive network."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.w_cx = nn.Linear(input_size, hidden_size, bias=False)
        self.w_ic = nn.Linear(hidden_size, hidden_size, bias=False)
        self.w_ix = nn.Linear(input_size, hidden_size)
        self.w_fc = nn.Linear(hidden_size, hidden_size, bias=False)
        self.w_fx = nn.Linear(input_size, hidden_size)

    def forward(self, x, states):
        h, c = states
        content = self.w_cx(x)
        i = torch.sigmoid(self.w_ic(h) + self.w_ix(x))
        f = torch.sigmoid(self.w_fc(h) + self.w_fx(x))
        c = i * content + f * c
        return torch.tanh(c), c


class ChaosFree(nn.Module):
    def __init__(self, in_size, out_size):
        super().__init__()
        self.theta = nn.Linear(in_size + out_size, out_size)
        self.eta = nn.Linear(in_size + out_size, out_size)
        self.W = nn.Linear(in_size, out_size, bias=False)

    def forward(self, x, h):
        hx = torch.cat([x, h], dim=1)
        theta, eta = self.theta(hx).sigmoid(), self.eta(hx).sigmoid()
        return theta * h.tanh() + eta * self.W(x).tanh()


class JANET(nn.Module):
    """The LSTM with just a forget gate; beta is subtracted for the input."""

    def __init__(self, input_size, hidden_size, beta=1.0):
        super().__init__()
        self.linear = nn.Linear(input_size + hidden_size, 2 * hidden_size)
        self.beta = beta

    def forward(self, x, c):
        s, c_tilde = self.linear(torch.cat((x, c), -1)).chunk(2, -1)
        return torch.sigmoid(s) * c + (1 - torch.sigmoid(s - self.beta)) * torch.tanh(c_tilde)


def g(x):
    return torch.where(x >= 0, x + 0.5, x.sigmoid())


def log_g(x):
    return torch.where(x >= 0, (F.relu(x) + 0.5).log(), -F.softplus(-x))


class MinGRU(nn.Module):
    def __init__(self, dim, dim_inner):
        super().__init__()
        self.to_hidden_and_gate = nn.Linear(dim, dim_inner * 2, bias=False)
        self.to_out = nn.Linear(dim_inner, dim, bias=False)

    def forward(self, x, prev_hidden):
        hidden, gate = self.to_hidden_and_gate(x).chunk(2, dim=-1)
        hidden = g(hidden)
        gate = gate.sigmoid()
        out = torch.lerp(prev_hidden, hidden, gate)
        return self.to_out(out), out


class MinGRULog(nn.Module):
    """The state is kept as its logarithm."""

    def __init__(self, input_size, units):
        super().__init__()
        self.linear_z = nn.Linear(input_size, units)
        self.linear_h = nn.Linear(input_size, units)

    def forward(self, x, log_h):
        k = self.linear_z(x)
        log_z = -F.softplus(-k)
        log_coeffs = -F.softplus(k)
        log_tilde_h = log_g(self.linear_h(x))
        return torch.logaddexp(log_coeffs + log_h, log_z + log_tilde_h)


class MinLSTM(nn.Module):
    def __init__(self, units, input_shape):
        super().__init__()
        self.linear_f = nn.Linear(input_shape, units)
        self.linear_i = nn.Linear(input_shape, units)
        self.linear_h = nn.Linear(input_shape, units)

    def forward(self, pre_h, x_t):
        f_t = torch.sigmoid(self.linear_f(x_t))
        i_t = torch.sigmoid(self.linear_i(x_t))
        tilde_h_t = self.linear_h(x_t)
        f_prime_t = f_t / (f_t + i_t)
        i_prime_t = i_t / (f_t + i_t)
        return f_prime_t * pre_h + i_prime_t * tilde_h_t


class SRUStep(nn.Module):
    """Simple recurrent unit with v_f * c and a highway."""

    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d, 3 * d) * 0.1)
        self.weight_c = nn.Parameter(torch.randn(2 * d) * 0.1)
        self.bias = nn.Parameter(torch.zeros(2 * d))

    def forward(self, x, c):
        d = x.shape[-1]
        u, uf, ur = (x @ self.weight).split(d, dim=-1)
        vf, vr = self.weight_c.chunk(2)
        bf, br = self.bias.chunk(2)
        f = (uf + vf * c + bf).sigmoid()
        r = (ur + vr * c + br).sigmoid()
        c = f * c + (1 - f) * u
        h = r * c + (1 - r) * x
        return h, c


class QRNNStep(nn.Module):
    """Window of two: the input before is a state."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.linear = nn.Linear(2 * input_size, 3 * hidden_size)

    def forward(self, x, prev_x, c):
        Y = self.linear(torch.cat([prev_x, x], -1))
        Z, F_, O = Y.chunk(3, dim=-1)
        Z, F_ = Z.tanh(), F_.sigmoid()
        C = F_ * c + (1 - F_) * Z
        return O.sigmoid() * C, x, C


class UGRNN(nn.Module):
    def __init__(self, num_in, num_units, forget_bias=1.0):
        super().__init__()
        self.forget_bias = forget_bias
        self.kernel = nn.Parameter(torch.randn(num_in + num_units, 2 * num_units))
        self.bias = nn.Parameter(torch.zeros(2 * num_units))

    def forward(self, inputs, state):
        rnn_matrix = torch.concat([inputs, state], dim=1) @ self.kernel + self.bias
        g_act, c_act = torch.chunk(rnn_matrix, 2, dim=1)
        c = torch.tanh(c_act)
        g = torch.sigmoid(g_act + self.forget_bias)
        new_state = g * state + (1.0 - g) * c
        return new_state


class AntisymmetricRNN(nn.Module):
    def __init__(self, input_dim, n_units, epsilon=0.01, gamma=0.01):
        super().__init__()
        self.V = nn.Linear(input_dim, n_units)
        self.W = nn.Parameter(torch.randn(n_units, n_units) / n_units)
        self.epsilon, self.gamma = epsilon, gamma

    def forward(self, x, h):
        A = self.W - self.W.T - self.gamma * torch.eye(self.W.size(0))
        return h + self.epsilon * torch.tanh(h @ A.T + self.V(x))


class CoRNN(nn.Module):
    def __init__(self, n_inp, n_hid, dt=0.042, gamma=2.7, epsilon=4.7):
        super().__init__()
        self.dt, self.gamma, self.epsilon = dt, gamma, epsilon
        self.i2h = nn.Linear(n_inp + n_hid + n_hid, n_hid)

    def forward(self, x, hy, hz):
        hz = hz + self.dt * (
            torch.tanh(self.i2h(torch.cat((x, hz, hy), 1))) - self.gamma * hy - self.epsilon * hz
        )
        hy = hy + self.dt * hz
        return hy, hz


class LEMCell(nn.Module):
    def __init__(self, ninp, nhid, dt):
        super().__init__()
        self.inp2hid = nn.Linear(ninp, 4 * nhid)
        self.hid2hid = nn.Linear(nhid, 3 * nhid)
        self.transform_z = nn.Linear(nhid, nhid)
        self.dt = dt

    def forward(self, x, y, z):
        transformed_inp = self.inp2hid(x)
        transformed_hid = self.hid2hid(y)
        i_dt1, i_dt2, i_z, i_y = transformed_inp.chunk(4, 1)
        h_dt1, h_dt2, h_y = transformed_hid.chunk(3, 1)
        ms_dt_bar = self.dt * torch.sigmoid(i_dt1 + h_dt1)
        ms_dt = self.dt * torch.sigmoid(i_dt2 + h_dt2)
        z = (1.0 - ms_dt) * z + ms_dt * torch.tanh(i_y + h_y)
        y = (1.0 - ms_dt_bar) * y + ms_dt_bar * torch.tanh(self.transform_z(z) + i_z)
        return y, z


class FastGRNN(nn.Module):
    """Low rank: W = W1 W2."""

    def __init__(self, input_size, hidden_size, rank):
        super().__init__()
        self.W1 = nn.Parameter(0.1 * torch.randn(rank, input_size))
        self.W2 = nn.Parameter(0.1 * torch.randn(hidden_size, rank))
        self.U1 = nn.Parameter(0.1 * torch.randn(rank, hidden_size))
        self.U2 = nn.Parameter(0.1 * torch.randn(hidden_size, rank))
        self.bias_gate = nn.Parameter(torch.ones(1, hidden_size))
        self.bias_update = nn.Parameter(torch.ones(1, hidden_size))
        self.zeta = nn.Parameter(torch.ones(1, 1))
        self.nu = nn.Parameter(-4 * torch.ones(1, 1))

    def forward(self, input, state):
        wComp = torch.matmul(torch.matmul(input, self.W1.t()), self.W2.t())
        uComp = torch.matmul(torch.matmul(state, self.U1.t()), self.U2.t())
        pre_comp = wComp + uComp
        z = torch.sigmoid(pre_comp + self.bias_gate)
        c = torch.tanh(pre_comp + self.bias_update)
        new_h = z * state + (torch.sigmoid(self.zeta) * (1.0 - z) + torch.sigmoid(self.nu)) * c
        return new_h


class STARCell(nn.Module):
    def __init__(self, c_in, c_hid):
        super().__init__()
        self.k = nn.Linear(c_in + c_hid, c_hid)
        self.z = nn.Linear(c_in, c_hid)

    def forward(self, x, h):
        k = torch.sigmoid(self.k(torch.cat([x, h], dim=1)))
        z = torch.tanh(self.z(x))
        return torch.tanh((1 - k) * h + k * z)


class TimeGatedLSTM(nn.Module):
    """Phased LSTM, its gate without a remainder: smooth in the time that comes in."""

    def __init__(self, input_size, hidden_size, leak=0.001):
        super().__init__()
        self.lstm = nn.LSTMCell(input_size, hidden_size)
        self.tau = nn.Parameter(torch.rand(hidden_size) + 1)
        self.phase = nn.Parameter(torch.rand(hidden_size))
        self.leak = leak

    def forward(self, x, t, h, c):
        h_new, c_new = self.lstm(x, (h, c))
        openness = 0.5 * (1 + torch.cos(2 * math.pi * (t - self.phase) / self.tau))
        k = torch.where(openness > 0.5, openness, self.leak * openness)
        h = k * h_new + (1 - k) * h
        c = k * c_new + (1 - k) * c
        return h, c


class ShiftRNN(nn.Module):
    """Entries of the state move round by one place: torch.roll."""

    def __init__(self, in_features, hidden_features):
        super().__init__()
        self.i2h = nn.Linear(in_features, hidden_features)
        self.gain = nn.Parameter(torch.ones(hidden_features))

    def forward(self, x, h):
        return torch.relu(self.i2h(x) + self.gain * torch.roll(h, shifts=1, dims=-1))


class MomentumRNN(nn.Module):
    def __init__(self, input_size, hidden_size, mu=0.6, epsilon=0.6):
        super().__init__()
        self.mu, self.epsilon = mu, epsilon
        self.weight_ih = nn.Linear(input_size, hidden_size, bias=False)
        self.weight_hh = nn.Linear(hidden_size, hidden_size)

    def forward(self, x, hidden):
        hx, vy = hidden
        vy = self.mu * vy + self.epsilon * self.weight_ih(x)
        hy = torch.tanh(self.weight_hh(hx).add_(vy))
        return hy, (hy, vy)
