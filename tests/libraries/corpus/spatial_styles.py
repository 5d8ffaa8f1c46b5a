"""Cells over a plane, over time that is a window, and over graphs."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvLSTMCell(nn.Module):
    """One convolution of what is put side by side."""

    def __init__(self, input_dim, hidden_dim, kernel_size=(3, 3), bias=True):
        super(ConvLSTMCell, self).__init__()
        self.hidden_dim = hidden_dim
        self.padding = kernel_size[0] // 2, kernel_size[1] // 2
        self.conv = nn.Conv2d(
            in_channels=input_dim + hidden_dim, out_channels=4 * hidden_dim, kernel_size=kernel_size,
            padding=self.padding, bias=bias,
        )

    def forward(self, input_tensor, cur_state):
        h_cur, c_cur = cur_state
        combined = torch.cat([input_tensor, h_cur], dim=1)
        combined_conv = self.conv(combined)
        cc_i, cc_f, cc_o, cc_g = torch.split(combined_conv, self.hidden_dim, dim=1)
        i = torch.sigmoid(cc_i)
        f = torch.sigmoid(cc_f)
        o = torch.sigmoid(cc_o)
        g = torch.tanh(cc_g)
        c_next = f * c_cur + i * g
        h_next = o * torch.tanh(c_next)
        return h_next, c_next


class ConvGRUCell(nn.Module):
    """Convolutions by gate, three of them."""

    def __init__(self, hidden_dim=128, input_dim=192 + 128):
        super(ConvGRUCell, self).__init__()
        self.convz = nn.Conv2d(hidden_dim + input_dim, hidden_dim, 3, padding=1)
        self.convr = nn.Conv2d(hidden_dim + input_dim, hidden_dim, 3, padding=1)
        self.convq = nn.Conv2d(hidden_dim + input_dim, hidden_dim, 3, padding=1)

    def forward(self, h, x):
        hx = torch.cat([h, x], dim=1)
        z = torch.sigmoid(self.convz(hx))
        r = torch.sigmoid(self.convr(hx))
        q = torch.tanh(self.convq(torch.cat([r * h, x], dim=1)))
        h = (1 - z) * h + z * q
        return h


class SpatioTemporalLSTMCell(nn.Module):
    """PredRNN without norms: a second memory that goes up through the layers."""

    def __init__(self, in_channel, num_hidden, filter_size=5):
        super().__init__()
        self.num_hidden = num_hidden
        self.padding = filter_size // 2
        self._forget_bias = 1.0
        conv = lambda a, b, k, p: nn.Conv2d(a, b, kernel_size=k, stride=1, padding=p, bias=False)
        self.conv_x = conv(in_channel, num_hidden * 7, filter_size, self.padding)
        self.conv_h = conv(num_hidden, num_hidden * 4, filter_size, self.padding)
        self.conv_m = conv(num_hidden, num_hidden * 3, filter_size, self.padding)
        self.conv_o = conv(num_hidden * 2, num_hidden, filter_size, self.padding)
        self.conv_last = conv(num_hidden * 2, num_hidden, 1, 0)

    def forward(self, x_t, h_t, c_t, m_t):
        x_concat = self.conv_x(x_t)
        h_concat = self.conv_h(h_t)
        m_concat = self.conv_m(m_t)
        i_x, f_x, g_x, i_x_prime, f_x_prime, g_x_prime, o_x = torch.split(x_concat, self.num_hidden, dim=1)
        i_h, f_h, g_h, o_h = torch.split(h_concat, self.num_hidden, dim=1)
        i_m, f_m, g_m = torch.split(m_concat, self.num_hidden, dim=1)
        i_t = torch.sigmoid(i_x + i_h)
        f_t = torch.sigmoid(f_x + f_h + self._forget_bias)
        g_t = torch.tanh(g_x + g_h)
        c_new = f_t * c_t + i_t * g_t
        i_t_prime = torch.sigmoid(i_x_prime + i_m)
        f_t_prime = torch.sigmoid(f_x_prime + f_m + self._forget_bias)
        g_t_prime = torch.tanh(g_x_prime + g_m)
        m_new = f_t_prime * m_t + i_t_prime * g_t_prime
        mem = torch.cat((c_new, m_new), 1)
        o_t = torch.sigmoid(o_x + o_h + self.conv_o(mem))
        h_new = o_t * torch.tanh(self.conv_last(mem))
        return h_new, c_new, m_new


class TGCNCell(nn.Module):
    """GRU on a graph whose adjacency matrix is fixed."""

    def __init__(self, num_nodes, in_dim, hidden_dim):
        super().__init__()
        adj = torch.rand(num_nodes, num_nodes)
        self.register_buffer("laplacian", adj / adj.sum(1, keepdim=True))
        self.gates = nn.Linear(in_dim + hidden_dim, 2 * hidden_dim)
        self.cand = nn.Linear(in_dim + hidden_dim, hidden_dim)

    def forward(self, inputs, hidden_state):
        x = torch.cat([inputs, hidden_state], dim=-1)
        ax = torch.einsum("ij,bjf->bif", self.laplacian, x)
        r, u = torch.sigmoid(self.gates(ax)).chunk(2, dim=-1)
        x = torch.cat([inputs, r * hidden_state], dim=-1)
        c = torch.tanh(self.cand(torch.einsum("ij,bjf->bif", self.laplacian, x)))
        return u * hidden_state + (1 - u) * c


class MessagePassingRNN(nn.Module):
    """Every node hears the others through learned messages."""

    def __init__(self, in_dim, dim):
        super().__init__()
        self.enc = nn.Linear(in_dim, dim)
        self.msg = nn.Linear(dim, dim)
        self.gru = nn.GRUCell(dim, dim)

    def forward(self, x, adj, h):
        messages = torch.bmm(adj, self.msg(h))
        inp = messages + self.enc(x)
        B, V, D = h.shape
        return self.gru(inp.reshape(B * V, D), h.reshape(B * V, D)).view(B, V, D)


class DepthwiseConvGRU1d(nn.Module):
    """Depthwise, then pointwise, along one axis."""

    def __init__(self, channels, kernel_size=5):
        super().__init__()
        self.dw = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels)
        self.pw = nn.Conv1d(channels, 2 * channels, 1)
        self.inp = nn.Conv1d(channels, 2 * channels, 1)

    def forward(self, x, h):
        z, c = (self.pw(self.dw(h)) + self.inp(x)).chunk(2, dim=1)
        z = z.sigmoid()
        return z * h + (1 - z) * c.tanh()


class ConvLSTMPeephole(nn.Module):
    """Peepholes as channels, broadcast over the plane."""

    def __init__(self, input_channels, hidden_channels, kernel_size=3):
        super().__init__()
        pad = (kernel_size - 1) // 2
        for gate in "ifco":
            setattr(self, f"Wx{gate}", nn.Conv2d(input_channels, hidden_channels, kernel_size, padding=pad))
            setattr(self, f"Wh{gate}", nn.Conv2d(hidden_channels, hidden_channels, kernel_size, padding=pad, bias=False))
        self.Wci = nn.Parameter(torch.zeros(1, hidden_channels, 1, 1))
        self.Wcf = nn.Parameter(torch.zeros(1, hidden_channels, 1, 1))
        self.Wco = nn.Parameter(torch.zeros(1, hidden_channels, 1, 1))

    def forward(self, x, h, c):
        ci = torch.sigmoid(self.Wxi(x) + self.Whi(h) + c * self.Wci)
        cf = torch.sigmoid(self.Wxf(x) + self.Whf(h) + c * self.Wcf)
        cc = cf * c + ci * torch.tanh(self.Wxc(x) + self.Whc(h))
        co = torch.sigmoid(self.Wxo(x) + self.Who(h) + cc * self.Wco)
        ch = co * torch.tanh(cc)
        return ch, cc
