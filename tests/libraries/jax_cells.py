"""Recurrent steps in JAX as people write them: functions of pytrees, classes that are pytrees or plain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from jax import lax


def gru_dict(params, h, x):
    """Haiku: one matrix for all gates, the candidate by a slice of it."""
    n = h.shape[-1]
    gates_x = x @ params["w_i"]
    zr_x, a_x = jnp.split(gates_x, [2 * n], axis=-1)
    w_h_z, w_h_a = jnp.split(params["w_h"], [2 * n], axis=-1)
    zr_h = h @ w_h_z
    zr = zr_x + zr_h + params["b"][: 2 * n]
    z, r = jnp.split(jax.nn.sigmoid(zr), 2, axis=-1)
    a = jnp.tanh(a_x + (r * h) @ w_h_a + params["b"][2 * n :])
    h = (1 - z) * h + z * a
    return h, h


def lstm_tuple(params, carry, x):
    """One sample: matrices on the left, four slices."""
    c, h = carry
    W, U, b = params
    i, f, g, o = jnp.split(jnp.dot(W, x) + jnp.dot(U, h) + b, 4)
    c = jax.nn.sigmoid(f + 1.0) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return (c, h), h


class Carry(NamedTuple):
    hidden: jax.Array
    cell: jax.Array


def lstm_named(params, state, x):
    """Haiku: input and state in one vector, a named state."""
    x_and_h = jnp.concatenate([x, state.hidden], axis=-1)
    gated = x_and_h @ params["linear"]["w"] + params["linear"]["b"]
    i, g, f, o = jnp.split(gated, indices_or_sections=4, axis=-1)
    f = jax.nn.sigmoid(f + 1)
    c = f * state.cell + jax.nn.sigmoid(i) * jnp.tanh(g)
    h = jax.nn.sigmoid(o) * jnp.tanh(c)
    return h, Carry(h, c)


def rnn_einsum(x, h, W, U, b, activation="tanh"):
    pre = jnp.einsum("ij,...j->...i", W, x) + jnp.einsum("ij,...j->...i", U, h) + b
    return jnp.tanh(pre) if activation == "tanh" else jax.nn.relu(pre)


@jax.jit
def mingru(params, h, x):
    z = jax.nn.sigmoid(x @ params["Wz"] + params["bz"])
    h_tilde = x @ params["Wh"] + params["bh"]
    return (1 - z) * h + z * jnp.where(h_tilde >= 0, h_tilde + 0.5, jax.nn.sigmoid(h_tilde))


def lru(params, state, u):
    """Real and imaginary part by themselves, as on hardware without complex numbers."""
    re, im = state
    lam = jnp.exp(-jnp.exp(params["nu_log"]))
    theta = jnp.exp(params["theta_log"])
    gamma = jnp.sqrt(1 - lam**2)
    a, b = lam * jnp.cos(theta), lam * jnp.sin(theta)
    new_re = a * re - b * im + gamma * (params["B_re"] @ u)
    new_im = a * im + b * re + gamma * (params["B_im"] @ u)
    y = params["C_re"] @ new_re - params["C_im"] @ new_im + params["D"] * u
    return (new_re, new_im), y


def s4d(params, s, u):
    """A diagonal state space model by zero-order hold, one input a channel."""
    dt = jnp.exp(params["log_dt"])[:, None]
    A = -jnp.exp(params["log_A"])
    dA = jnp.exp(dt * A)
    dB = (dA - 1.0) / A * params["B"]
    s = dA * s + dB * u[:, None]
    y = jnp.sum(params["C"] * s, axis=-1) + params["D"] * u
    return s, jax.nn.gelu(y)


def mamba_step(params, s, x):
    """A selective state space step: B, C and the time step come from the input."""
    dt = jax.nn.softplus(x @ params["W_dt"] + params["b_dt"])
    B, C = x @ params["W_B"], x @ params["W_C"]
    dA = jnp.exp(jnp.einsum("bd,dn->bdn", dt, -jnp.exp(params["A_log"])))
    s = dA * s + jnp.einsum("bd,bn,bd->bdn", dt, B, x)
    return s, jnp.einsum("bdn,bn->bd", s, C) + x * params["D"]


def retnet(params, S, x, num_heads=2):
    """Heads with their own decay, a group norm without gain, a swish gate."""
    b, d = x.shape
    q, k, v = ((x @ params[name]).reshape(b, num_heads, d // num_heads) for name in ("W_Q", "W_K", "W_V"))
    gamma = 1 - jnp.exp2(-5 - jnp.arange(num_heads, dtype=x.dtype))
    S = gamma[None, :, None, None] * S + jnp.einsum("bhk,bhv->bhkv", k, v)
    y = jnp.einsum("bhk,bhkv->bhv", q / jnp.sqrt(d // num_heads), S)
    y = (y - y.mean(-1, keepdims=True)) / jnp.sqrt(y.var(-1, keepdims=True) + 1e-6)
    return S, jax.nn.silu(x @ params["W_G"]) * y.reshape(b, d) @ params["W_O"]


def linear_attention(params, state, x):
    S, z = state
    phi = lambda a: jax.nn.elu(a) + 1
    q, k, v = phi(params["Q"] @ x), phi(params["K"] @ x), params["V"] @ x
    S = S + jnp.outer(k, v)
    z = z + k
    return (S, z), (q @ S) / (q @ z + 1e-6)


def delta_rule(params, S, x):
    """Keys of length one, rows of memory replaced."""
    k = params["K"] @ x
    k = k / jnp.linalg.norm(k)
    v, q = params["V"] @ x, jax.nn.softmax(params["Q"] @ x)
    beta = jax.nn.sigmoid(jnp.vdot(params["b"], x))
    S = S + beta * jnp.outer(v - S @ k, k)
    return S, S @ q


def slots(params, M, x):
    """Attention over the places of a memory within a step."""
    q = x @ params["Q"]
    weights = jax.nn.softmax(jnp.einsum("bd,bsd->bs", q, M) / np.sqrt(q.shape[-1]), axis=-1)
    read = jnp.einsum("bs,bsd->bd", weights, M)
    erase, add = jax.nn.sigmoid(x @ params["E"]), jnp.tanh(read + x @ params["A"])
    return M * (1 - weights[..., None] * erase[:, None, :]) + weights[..., None] * add[:, None, :], read


def ntm_shift(params, w, x):
    """A circular shift by concatenating, a gate between two softmaxes, a sharpening power."""
    content = jax.nn.softmax(x @ params["K"], axis=-1)
    g = jax.nn.sigmoid(x @ params["g"])
    mixed = g * content + (1 - g) * w
    shift = jax.nn.softmax(x @ params["S"], axis=-1)
    turned = shift[:, :1] * jnp.roll(mixed, 1, axis=-1) + shift[:, 1:2] * mixed + shift[:, 2:] * jnp.roll(mixed, -1, -1)
    sharp = (turned**2 + 1e-6) ** 1.5
    return sharp / sharp.sum(-1, keepdims=True)


def xlstm_s(params, carry, x):
    """Exponential gates, kept in range by a running maximum."""
    c, n, h, m = carry
    i, f, z, o = jnp.split(x @ params["W"] + h @ params["R"] + params["b"], 4, axis=-1)
    log_f = jax.nn.log_sigmoid(f)
    m_new = jnp.maximum(log_f + m, i)
    i, f = jnp.exp(i - m_new), jnp.exp(log_f + m - m_new)
    c = f * c + i * jnp.tanh(z)
    n = f * n + i
    h = jax.nn.sigmoid(o) * c / jnp.maximum(n, 1.0)
    return (c, n, h, m_new), h


def layer_norm(x, scale, bias, eps=1e-5):
    mean = jnp.mean(x, axis=-1, keepdims=True)
    variance = jnp.mean(jnp.square(x - mean), axis=-1, keepdims=True)
    return scale * (x - mean) * lax.rsqrt(variance + eps) + bias


def ln_lstm(params, carry, x):
    c, h = carry
    gates = layer_norm(x @ params["Wi"], *params["ln_i"]) + layer_norm(h @ params["Wh"], *params["ln_h"])
    i, f, o, u = jnp.split(gates, 4, axis=1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(u)
    return (c, jax.nn.sigmoid(o) * jnp.tanh(layer_norm(c, *params["ln_c"])))


def indrnn_stack(params, hs, x):
    """Several layers within a step, in lists, with a residual."""
    out = []
    for layer, h in zip(params, hs, strict=True):
        h = jax.nn.relu(layer["W"] @ x + layer["u"] * h + layer["b"])
        x = x + h if x.shape == h.shape else h
        out.append(h)
    return out, x


def ltc(params, h, x, unfolds=4):
    """A fused solver: the same update several times, in a loop of fixed length."""
    tau = jax.nn.softplus(params["tau"])

    def unfold(_, v):
        f = jax.nn.sigmoid(x @ params["W"] + v @ params["U"] + params["b"])
        return (v + (1 / unfolds) * f * params["A"]) / (1 + (1 / unfolds) * (1 / tau + f))

    return lax.fori_loop(0, unfolds, unfold, h)


def neural_ode(params, h, x, dt=0.1):
    """A step of Runge and Kutta."""

    def f(h):
        return jnp.tanh(params["U"] @ h + params["W"] @ x + params["b"]) - h

    k1 = f(h)
    k2 = f(h + dt / 2 * k1)
    k3 = f(h + dt / 2 * k2)
    k4 = f(h + dt * k3)
    return h + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def clockwork(params, h, x):
    """A strictly lower triangle of weights, by a mask."""
    n = h.shape[0]
    U = jnp.tril(params["U"], -1) + jnp.eye(n) * params["d"]
    return jnp.tanh(U @ h + params["W"] @ x)


def conv_gru(params, h, x):
    """One-dimensional convolutions, channels last."""
    conv = partial(
        lax.conv_general_dilated, window_strides=(1,), padding="SAME", dimension_numbers=("NWC", "WIO", "NWC")
    )
    z = jax.nn.sigmoid(conv(x, params["Wz"]) + conv(h, params["Uz"]) + params["bz"])
    g = jnp.tanh(conv(x, params["Wg"]) + conv(h, params["Ug"]))
    return z * h + (1 - z) * g


def at_updates(params, buffer, x):
    """A short memory of inputs: moved by one, the newest written first."""
    buffer = buffer.at[:, 1:].set(buffer[:, :-1])
    buffer = buffer.at[:, 0].set(x @ params["W"])
    buffer = buffer.at[:, -1].multiply(0.5)
    return buffer, jnp.sum(buffer * params["k"][None, :, None], axis=1)


def rwkv_wkv(params, carry, x):
    """Numerator and denominator with a bonus for the present token; the last input is a state."""
    num, den, last = carry
    mix = params["mu"]
    k = params["Wk"] @ (mix[0] * x + (1 - mix[0]) * last)
    v = params["Wv"] @ (mix[1] * x + (1 - mix[1]) * last)
    r = jax.nn.sigmoid(params["Wr"] @ (mix[2] * x + (1 - mix[2]) * last))
    e = jnp.exp(params["u"] + k)
    y = (num + e * v) / (den + e)
    w = jnp.exp(-jnp.exp(params["w"]))
    return (w * num + jnp.exp(k) * v, w * den + jnp.exp(k), x), params["Wo"] @ (r * y)


def many_activations(params, h, x):
    a = params["W"] @ x + params["U"] @ h
    parts = [
        jax.nn.silu(a), jax.nn.gelu(a), jax.nn.gelu(a, approximate=False), jax.nn.softplus(a), jax.nn.relu(a),
        jax.nn.relu6(a), jax.nn.elu(a, 0.7), jax.nn.leaky_relu(a, 0.2), jax.nn.hard_tanh(a), jax.nn.hard_sigmoid(a),
        jax.nn.log_sigmoid(a), jax.nn.mish(a), jax.nn.soft_sign(a), jax.nn.celu(a), jax.nn.selu(a),
        jax.nn.softmax(a), jax.nn.log_softmax(a), jax.nn.standardize(a), jnp.clip(a, -0.3, 0.6), jax.nn.hard_swish(a),
        jax.scipy.special.logsumexp(a) + 0 * a, lax.erf(a), jnp.sinh(a), jnp.log1p(a**2), jnp.expm1(a), jnp.sign(a) * a,
        jax.nn.squareplus(a), jnp.logaddexp(a, h), jnp.minimum(a, h), jnp.floor(a), jnp.where((a > 0) & (h > 0), a, h),
        a / (1 + jnp.exp(-a)), jnp.reciprocal(2 + a**2), jnp.cumsum(a), jnp.flip(a), lax.stop_gradient(a) * h,
    ]  # fmt: skip
    return sum(parts)


def indexed(params, h, x):
    """Entries and rows by number, a strided slice, a choice by a list of numbers, padding, tiles."""
    W = params["W"]
    gates = W.reshape(3, -1, x.shape[0]) @ x
    even, odd = h[::2], h[1::2]
    pairs = jnp.stack([-odd, even], axis=-1).reshape(h.shape)
    chosen = gates[jnp.array([2, 0])]
    return jnp.tanh(gates[1]) * pairs + chosen[0] * chosen[1] + jnp.pad(h[:-1], (1, 0)) * jnp.take(params["c"], 1)


def conditional(params, h, x):
    """A branch that is known, and one that a number decides."""
    h = lax.cond(True, lambda a: jnp.tanh(a), lambda a: a, h)
    return lax.cond(jnp.sum(x) > 0, lambda a: params["U"] @ a, lambda a: a * 0.5, h)


def vmapped(params, h, x):
    """Written for one unit and mapped over units and over the batch."""

    def unit(w, u, b, h, h_i, x):
        return jnp.tanh(jnp.dot(w, x) + jnp.dot(u, h) + b) + 0.1 * h_i

    def layer(h, x):
        return jax.vmap(unit, in_axes=(0, 0, 0, None, 0, None))(params["W"], params["U"], params["b"], h, h, x)

    return jax.vmap(layer)(h, x)


def numbers_in_tree(params, h, x):
    """A learned number beside the arrays, and one that is none of an array's."""
    W, U, (alpha, beta) = params
    return jax.nn.sigmoid(alpha) * h + beta * jnp.tanh(W @ x + U @ h) * h.shape[0] ** -0.5


class Legendre:
    """A plain class that makes matrices of NumPy in its constructor, and learns others."""

    def __init__(self, key, input_size, order):
        q = np.arange(order)
        scale = (2 * q + 1)[:, None] / 10
        self.A = np.where(q[:, None] < q[None], -1.0, (-1.0) ** (q[:, None] - q[None] + 1)) * scale
        self.B = ((-1.0) ** q)[:, None] * scale
        self.e = jax.random.normal(key, (input_size,))

    def __call__(self, x, m):
        u = jnp.dot(self.e, x)
        return m + 0.1 * (self.A @ m + self.B[:, 0] * u)


class Linear:
    """A plain class whose attributes are arrays."""

    def __init__(self, key, m, n):
        self.weight = jax.random.normal(key, (n, m))
        self.bias = jnp.zeros(n)
        self.act = jax.nn.tanh
        self.eps = 1e-3

    def __call__(self, x):
        return self.act(self.weight @ x + self.bias) + self.eps


class PlainCell:
    """A plain class that holds others, one in a list."""

    def __init__(self, key, input_size, hidden_size):
        self.inner = [Linear(key, input_size, hidden_size)]
        self.recurrent = Linear(key, hidden_size, hidden_size)

    def step(self, h, x):
        gate = jax.nn.sigmoid(self.inner[0](x) + self.recurrent(h))
        return gate * h


@partial(jax.tree_util.register_dataclass, data_fields=["W", "U", "b"], meta_fields=["size"])
@dataclass
class EquinoxLike:
    """A data class that is a pytree, with a size that is none of its leaves."""

    W: jax.Array
    U: jax.Array
    b: jax.Array
    size: int

    def __call__(self, x, state):
        h, c = state
        y = self.W @ x + self.U @ h + self.b
        i, f, g, o = (y[k * self.size : (k + 1) * self.size] for k in range(4))
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c


def gated_by(params: EquinoxLike, h, x):
    """A function of such a data class."""
    return params(x, (h, h))[0]


def decides(params, h, x):
    if jnp.sum(x) > 0:
        return h
    return jnp.tanh(params["W"] @ x)


def leaves_jax(params, h, x):
    scale = float(jnp.max(jnp.abs(x)))
    return h / scale


def misfits(params, h, x):
    return params["W"] @ h


def loops(params, h, x):
    return lax.scan(lambda h, x_t: (jnp.tanh(h + x_t), h), h, x)[0]


def sorts(params, h, x):
    top = jnp.sort(params["W"] @ x)[::-1]
    noise = jax.random.normal(jax.random.PRNGKey(0), h.shape)
    return top + noise * h


class GatedLinen(nn.Module):
    """Layers of flax.linen by name, a norm, dropout, statistics of batches, a number that is learned."""

    features: int
    rate: float = 0.1

    @nn.compact
    def __call__(self, carry, x, train: bool = False):
        h = carry
        gate = nn.sigmoid(nn.Dense(self.features, name="gate")(jnp.concatenate([x, h], -1)))
        candidate = nn.Dense(self.features, use_bias=False)(x) + nn.Dense(self.features, name="recurrent")(gate * h)
        candidate = nn.LayerNorm()(candidate)
        candidate = nn.Dropout(self.rate, deterministic=not train)(nn.gelu(candidate))
        scale = self.param("scale", nn.initializers.ones, ())
        h = (1 - gate) * h + scale * gate * nn.BatchNorm(use_running_average=not train)(candidate)
        return h, nn.RMSNorm()(h)


class AttentionLinen(nn.Module):
    """Slots that attend to each other and to the input within a step, in heads."""

    num_heads: int
    features: int

    @nn.compact
    def __call__(self, slots, x):
        tokens = jnp.concatenate([slots, nn.Dense(self.features)(x)[:, None, :]], axis=1)
        update = nn.MultiHeadDotProductAttention(num_heads=self.num_heads, deterministic=True)(slots, tokens)
        return slots + nn.LayerNorm(use_fast_variance=False)(update)


class GatedNnx(nnx.Module):
    """Sub-modules of flax.nnx, a parameter by itself, an array that is not learned, dropout and a norm."""

    def __init__(self, in_features: int, hidden: int, *, rngs: nnx.Rngs):
        self.inp = nnx.Linear(in_features, 2 * hidden, rngs=rngs)
        self.rec = nnx.Linear(hidden, 2 * hidden, use_bias=False, rngs=rngs)
        self.decay = nnx.Param(jnp.zeros(hidden))
        self.norm = nnx.LayerNorm(hidden, rngs=rngs)
        self.drop = nnx.Dropout(0.3, rngs=rngs)
        self.mask = nnx.Variable(jnp.linspace(0.5, 1.0, hidden))

    def __call__(self, h, x):
        u, g = jnp.split(self.inp(x) + self.rec(h), 2, -1)
        h = jnp.exp(-nnx.softplus(self.decay[...])) * h + self.drop(self.mask[...] * nnx.silu(g) * u)
        return self.norm(h), h
