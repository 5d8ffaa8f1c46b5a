"""Cells that cannot be imported, and people write them: `REFUSED` in the table of the corpus has what they are told."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class ValueDependent(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell = nn.GRUCell(input_size, hidden_size)

    def forward(self, x, h):
        if x.abs().sum() > 0:
            h = self.cell(x, h)
        return h


class ItemThreshold(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell = nn.RNNCell(input_size, hidden_size)

    def forward(self, x, h):
        scale = min(1.0, h.norm().item())
        return scale * self.cell(x, h)


class TopKSlots(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell = nn.RNNCell(input_size, hidden_size)

    def forward(self, x, h):
        h = self.cell(x, h)
        kept = torch.topk(h, 2, dim=-1).values
        return h - kept.mean(-1, keepdim=True)


class BatchCentred(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell = nn.RNNCell(input_size, hidden_size)

    def forward(self, x, h):
        h = self.cell(x, h)
        return h - h.mean(dim=0, keepdim=True)


class AlwaysDropout(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell = nn.RNNCell(input_size, hidden_size)

    def forward(self, x, h):
        return F.dropout(self.cell(x, h), 0.5, training=True)


class NoisyRNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.cell = nn.RNNCell(input_size, hidden_size)

    def forward(self, x, h):
        return self.cell(x, h) + 0.1 * torch.randn_like(h)


class SortedState(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, x, h):
        pre = self.lin(torch.cat([x, h], -1))
        return torch.sort(pre, dim=-1)[0].tanh()


class SolvedMemory(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size, hidden_size)
        self.A = nn.Parameter(torch.randn(hidden_size, hidden_size))

    def forward(self, x, h):
        return torch.linalg.solve(self.A, self.lin(x).unsqueeze(-1)).squeeze(-1) + h


class ComplexDiagonal(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.log_a = nn.Parameter(torch.randn(hidden_size, dtype=torch.cfloat))
        self.B = nn.Linear(input_size, hidden_size)

    def forward(self, x, h):
        return (torch.exp(self.log_a) * h).real + self.B(x)


class LoopOverUnits(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size, hidden_size)
        self.hidden_size = hidden_size

    def forward(self, x, h):
        z = self.lin(x)
        outs = []
        carry = z[:, 0]
        for k in range(self.hidden_size):
            carry = torch.tanh(carry + z[:, k] * h[:, k])
            outs.append(carry)
        return torch.stack(outs, 1)


class FFTMixing(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size, hidden_size)

    def forward(self, x, h):
        return torch.fft.rfft(h).abs().mean(-1, keepdim=True) + self.lin(x)


class MaskedSelect(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size, hidden_size)

    def forward(self, x, h):
        h = self.lin(x) + h
        return h * h[h > 0].mean()


class BilinearRNN(nn.Module):
    """Three axes of which two have one size: neither can be lifted without the other."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.bilinear = nn.Bilinear(input_size, hidden_size, hidden_size)

    def forward(self, x, h):
        return torch.tanh(self.bilinear(x, h))


class ReversedState(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size, hidden_size)

    def forward(self, x, h):
        return torch.tanh(self.lin(x) + h.flip(-1))
