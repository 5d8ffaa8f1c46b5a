"""Expressions of PyTorch as people write them, of two vectors h and k of n and a matrix W of n × n."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

Tensor = Any


def written_into(h: Tensor, k: Tensor, W: Tensor) -> Tensor:
    made = h.clone()
    made[..., :2] = k[..., :2]
    made[..., 2] = 1.5
    made[..., 3:] += k[..., 3:]
    column = made.unsqueeze(-1)
    column *= 2
    first, second = made.split([1, made.shape[-1] - 1], dim=-1)
    first.add_(1)
    return made + column.squeeze(-1) + second.sum(-1, keepdim=True)


def written_at_numbers(h: Tensor, k: Tensor, W: Tensor) -> Tensor:
    made = h.clone()
    made[h > 0.5] = 0.5
    made[..., [0, 2]] = k[..., [1, 1]]
    return made


def without_gradient(h: Tensor, k: Tensor, W: Tensor) -> Tensor:
    with torch.no_grad():
        gate = torch.sigmoid(k)
    return h * gate


def asserted(h: Tensor, k: Tensor, W: Tensor) -> Tensor:
    assert torch.isfinite(h).all()
    assert not torch.isnan(h).any()
    assert f"{h}" != repr(W)
    return h + k


EXPRESSIONS: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "add": lambda h, k, W: torch.add(h, k, alpha=2.5) - torch.sub(h, k, alpha=0.5) + torch.rsub(h, k, alpha=3),
    "div": lambda h, k, W: h / (2 + k) + 1 / (3 + h) + torch.div(h, 0.3, rounding_mode="floor"),
    "pow": lambda h, k, W: h**2 + (2 + h) ** 0.5 + 2**h + (2 + k) ** h + h.pow(3) + h.square(),
    "rsqrt": lambda h, k, W: (h + 2).rsqrt() + (k + 3).reciprocal() + (h + 2).sqrt(),
    "lerp": lambda h, k, W: h.lerp(k, 0.3) + torch.lerp(h, k, torch.sigmoid(h)),
    "addcmul": lambda h, k, W: torch.addcmul(h, k, h, value=0.5) + torch.addcdiv(h, k, h + 3, value=-1),
    "where": lambda h, k, W: torch.where(h > 0, h, k) + torch.where((h < 0) & (k < 0.5), 1.0, k),
    "truth": lambda h, k, W: (
        ((h > 0) | ~(k <= 0)).float() * h + (h != k).double() + torch.logical_and(h > 0, k > 0).to(h.dtype)
        + torch.logical_not(h > 0) * k + ((h > 0) ^ (k > 0)) * 2.0 + (h > 0).int() * k
    ),
    "clamp": lambda h, k, W: h.clamp(-0.5, 0.5) + k.clamp(min=0) + h.clamp(max=0.2) + h.clamp(k - 1, k),
    "activations": lambda h, k, W: (
        F.silu(h) + F.gelu(h) + F.gelu(k, approximate="tanh") + F.softplus(h) + F.softplus(h, beta=2) + F.elu(h, 0.5)
        + F.leaky_relu(h) + F.leaky_relu(h, 0.2) + F.mish(h) + F.logsigmoid(h) + F.relu6(h * 8) + F.softsign(h)
    ),
    "rarer activations": lambda h, k, W: (
        F.selu(h) + F.celu(h, 0.7) + F.hardswish(h * 4) + F.tanhshrink(h) + F.softshrink(h, 0.3) + F.hardshrink(h, 0.3)
        + F.threshold(h, 0.1, -2.0) + F.hardtanh(h, -0.3, 0.4) + F.hardtanh(k) + F.hardsigmoid(3 * h)
        + F.prelu(h, W[0, :1]) + F.glu(torch.cat([h, k], -1))
    ),
    "softmax": lambda h, k, W: (
        F.softmax(h, -1) + F.log_softmax(k, dim=-1) + torch.logsumexp(h, -1, keepdim=True) + F.softmin(h, -1)
        + h.masked_fill(k > 0.9, float("-inf")).softmax(-1)
    ),
    "cumsum": lambda h, k, W: h.cumsum(-1) + torch.cumsum(k, dim=0),
    "layer norm": lambda h, k, W: F.layer_norm(h, h.shape[-1:]) + F.layer_norm(k, k.shape[-1:], W[0], W[1], eps=1e-3),
    "rms norm": lambda h, k, W: F.rms_norm(h, h.shape[-1:]) + F.rms_norm(k, (k.shape[-1],), weight=W[0], eps=1e-6),
    "norms by hand": lambda h, k, W: (
        (h - h.mean(-1, keepdim=True)) / (h.var(-1, keepdim=True, unbiased=False) + 1e-5).sqrt()
        + (k - k.mean(-1, True)) / (k.std(-1, keepdim=True) + 1e-6) + torch.var_mean(h, -1, keepdim=True)[0]
    ),
    "lengths": lambda h, k, W: (
        h / h.norm(dim=-1, keepdim=True) + F.normalize(k, dim=-1) + F.normalize(h, p=1, dim=-1)
        + torch.linalg.vector_norm(h, ord=float("inf"), dim=-1, keepdim=True) + h.norm(p=3, dim=-1, keepdim=True)
        + F.cosine_similarity(h, k, dim=-1).unsqueeze(-1)
    ),
    "extremes": lambda h, k, W: (
        h.amax(-1, keepdim=True) + k.amin(-1, keepdim=True) + h.max(-1, keepdim=True).values + torch.minimum(h, k)
    ),
    "parts": lambda h, k, W: (
        torch.cat([h, k], -1).chunk(2, -1)[1] + torch.cat((h, k), -1).split(h.shape[-1], -1)[0]
        + torch.stack([h, k], 0).sum(0) + torch.stack([h, k], -1).unbind(-1)[0] + torch.stack((h, k), dim=-2)[..., 0, :]
        + torch.cat([h.narrow(-1, 0, 2), k[..., 2:]], -1) + torch.hstack([W[0], W[1]])[: len(W)]
    ),
    "in place": lambda h, k, W: h.clone().mul_(k).add_(h).sigmoid_().sub_(0.5).div_(2).clamp_(-1, 1).neg_().tanh_(),
    "in new memory": lambda h, k, W: torch.empty_like(h).copy_(k) + torch.empty(h.shape).fill_(2).mul_(h),
    "turned": lambda h, k, W: h.roll(1, -1) + torch.roll(k, -2, dims=-1) + h.flip(-1),
    "padded": lambda h, k, W: F.pad(h, (1, 0))[..., :-1] + F.pad(k, (0, 2), value=0.5)[..., 2:],
    "triangles": lambda h, k, W: F.linear(h, W.tril()) + h @ W.triu(1) + h @ torch.tril(torch.ones_like(W), -1),
    "skew": lambda h, k, W: h @ (W - W.T - 0.1 * torch.eye(len(W))),
    "ranges": lambda h, k, W: (
        h * torch.arange(h.shape[-1]) + torch.linspace(0, 1, h.shape[-1]) * k + torch.arange(0, 2 * len(W), 2) / 7
    ),
    "made": lambda h, k, W: (
        h * torch.ones(len(W)) + torch.zeros_like(h) + h.new_ones(h.shape) + torch.full((len(W),), 0.3)
        + torch.full_like(h, 2.0) + torch.as_tensor([2.0]) + torch.from_numpy(np.array([0.5])) * k
    ),
    "einsum": lambda h, k, W: (
        torch.einsum("...i,ij->...j", h, W) + torch.einsum("...i,ji", k, W) + torch.einsum("...i,ij,jk->...k", h, W, W)
        + torch.einsum("...i,...j,ij->...i", h, k, W) + torch.einsum("...i,...i->...", h, k).unsqueeze(-1)
        + torch.einsum("ii->i", W)
    ),
    "matmul": lambda h, k, W: (
        torch.matmul(h, W) + (W @ h.unsqueeze(-1)).squeeze(-1) + (h.unsqueeze(-2) @ W).squeeze(-2) + W[0] @ W
        + (h.unsqueeze(-1) @ k.unsqueeze(-2)).mean(-2) + torch.tensordot(h, W, 1) + torch.inner(h, W)
    ),
    "products": lambda h, k, W: (
        torch.addmm(W[0], h.reshape(-1, len(W)), W, beta=0.5, alpha=2).reshape(h.shape) + torch.addmv(W[0], W, W[1])
        + torch.baddbmm(W[None], W[None], W[None])[0, 0] + torch.addr(W, W[0], W[1])[1] + torch.mv(W, W[0])
        + torch.bmm(W[None], W[None])[0, 1] + torch.outer(W[0], W[1])[0]
    ),
    "diagonals": lambda h, k, W: h @ torch.diag_embed(W[0]) + h * torch.diagonal(W) + h @ torch.diag(W[1]) + W.trace(),
    "repeated": lambda h, k, W: (
        h.repeat(*[1] * (h.dim() - 1), 2)[..., : len(W)] + k.repeat_interleave(2, -1)[..., ::2]
        + h.tile(2)[..., 3 : len(W) + 3] + W[0].expand_as(h) * h + torch.broadcast_to(W[1], h.shape)
    ),
    "views": lambda h, k, W: (
        h.unsqueeze(-1).squeeze(-1) + k.view(*k.shape, 1).flatten(-2) + h.unflatten(-1, (1, -1)).squeeze(-2)
        + h.movedim(-1, 0).movedim(0, -1) + h.transpose(0, -1).transpose(0, -1).contiguous()
    ),
    "slices": lambda h, k, W: torch.cat([h[..., 1:], h[..., :1]], -1) + torch.cat([h[..., ::2], k[..., 1::2]], -1),
    "numbers": lambda h, k, W: torch.cat([h[..., [1, 0, 2]], k[..., 3:]], -1) + h.index_select(-1, torch.tensor([1])),
    "scattered": lambda h, k, W: (
        torch.slice_scatter(h, k[..., :2], -1, 0, 2) + torch.select_scatter(k, k[..., 0], -1, 1)
    ),
    "masked": lambda h, k, W: h.masked_fill(k > 0, 0.5) + h.masked_fill(torch.ones_like(k).bool(), 0),
    "elementary": lambda h, k, W: (
        h.sin() + h.cos() + h.tan() + h.sinh() + h.cosh() + h.exp() + (2 + h).log() + h.expm1() + torch.log1p(k * k)
        + h.exp2() + (3 + h).log2() + torch.erf(h) + torch.erfc(k) + torch.logit(torch.sigmoid(h))
        + torch.logaddexp(h, k) + torch.hypot(h, k) + torch.asinh(h) + torch.acosh(h + 3) + torch.atanh(h / 2)
        + torch.xlogy(h, k + 2) + torch.logcumsumexp(h, -1)
    ),
    "rounded": lambda h, k, W: (
        (3 * h).floor() + (3 * h).ceil() + (5 * h).round() + (4 * h).trunc() + (7 * k).frac() + (h * 3).remainder(0.7)
        + torch.fmod(h * 3, 0.7)
    ),
    "straight through": lambda h, k, W: (h.sign() - h).detach() + h + k.data,
    "bilinear": lambda h, k, W: h + F.bilinear(h, k, W.unsqueeze(0)),
    "totals": lambda h, k, W: h - h.sum(-1, keepdim=True) + W.sum() + W.mean() + W.sum((0, 1)) + sum([h, k]),
    "vmap": lambda h, k, W: torch.vmap(lambda row: row * W[0])(h.reshape(-1, len(W))).reshape(h.shape),
    "single precision": lambda h, k, W: h.float() * 2 + (k.to(torch.float32) @ W.float()).type_as(h),
    "attention": lambda h, k, W: F.scaled_dot_product_attention(
        h.unsqueeze(-2), torch.stack([h, k], -2), torch.stack([k, h], -2)
    ).squeeze(-2),
    "roots of sizes": lambda h, k, W: h / len(W) ** 0.5 + k * torch.sqrt(torch.tensor(len(W))) + h / np.sqrt(len(W)),
    "weight norm": lambda h, k, W: h @ torch._weight_norm(W, W[:, :1], 0),
    "dropout": lambda h, k, W: F.dropout(h, 0.5, training=False) + F.relu_(k.clone()),
    "accelerator": lambda h, k, W: h.cuda() + torch.zeros(len(W), device="cuda") + k.to("cuda:0"),
    "written into": written_into,
    "written at numbers": written_at_numbers,
    "without gradient": without_gradient,
    "asserted": asserted,
}  # fmt: skip
