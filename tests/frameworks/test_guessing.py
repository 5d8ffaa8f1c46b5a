"""What is guessed of a user's code: sizes from the names of arguments, how a step is called, and what it gives back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy as sp

from cellgraph.errors import CodeError
from cellgraph.frameworks.importing.asking import Question
from cellgraph.frameworks.importing.constructor import constructor_arguments
from cellgraph.frameworks.importing.saying import shape_of, value_of
from cellgraph.frameworks.importing.usual_names import short
from cellgraph.graph import size
from tests.frameworks.numpy_steps import asked_about

m, n, j, d, p, q = (size(name) for name in "mnjdpq")


def made(signature: str) -> dict[str, Any]:
    """What a class with this constructor is made with."""
    known: dict[str, Any] = {}
    exec(f"class Made:\n    def __init__(self, {signature}): ...", known)
    return dict(constructor_arguments(known["Made"], {}).make)


@pytest.mark.parametrize(
    ("signature", "make"),
    [
        ("input_size, hidden_size, bias=True", {"input_size": m, "hidden_size": n}),
        ("in_features: int, out_features: int", {"in_features": m, "out_features": n}),
        ("nin, nhid, nout", {"nin": m, "nhid": n, "nout": p}),
        ("d_model, d_state=16, d_conv=4, expand=2", {"d_model": n, "d_state": q}),
        ("embed_dim, num_heads", {"embed_dim": d * j, "num_heads": j}),
        ("input_dim, hidden_dim, heads=4", {"input_dim": m, "hidden_dim": d * j, "heads": j}),
        ("hidden_size, num_heads, head_dim", {"hidden_size": n, "num_heads": j, "head_dim": d}),
        ("units, input_dim=None", {"units": n}),
        ("in_channels, hidden_channels, kernel_size", {"in_channels": m, "hidden_channels": n, "kernel_size": 3}),
        ("input_size=28, hidden_size=128, use_bias: bool = True", {"input_size": m, "hidden_size": n}),
        ("embedding_dim, hidden_dim, bias, dropout", {"embedding_dim": m, "hidden_dim": n, "bias": True, "dropout": 0}),
        ("input_size, cell_size, flag: bool", {"input_size": m, "cell_size": n, "flag": True}),
    ],
)
def test_arguments_of_constructors_by_their_usual_names(signature: str, make: dict[str, Any]) -> None:
    assert made(signature) == make


def test_sizes_that_are_given_keep_their_letters_and_others_get_free_ones() -> None:
    class Cell:
        def __init__(self, input_size: int, hidden_size: int, num_heads: int) -> None: ...

    found = constructor_arguments(Cell, {"hidden_size": 4 * size("j")})
    assert found.make == {"hidden_size": 4 * j, "input_size": m, "num_heads": size("g")}
    assert dict(found.dims) == {"j": "hidden size", "m": "input size", "g": "heads"}
    assert found.hidden == 4 * j


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("h_prev", "h"), ("new_hidden", "h"), ("hx", "h"), ("hidden_state", "h"), ("c_t", "c"), ("prev_cell", "c"),
        ("inputs", "x"), ("x_t", "x"), ("y", "y"), ("S_prev", "S"), ("forget_gate", "forget_gate"),
    ],
)  # fmt: skip
def test_names_are_short(name: str, own: str) -> None:
    assert short(name) == own


class Pair(NamedTuple):
    """States as some code hands them on."""

    h: Any
    c: Any


class Made:
    """A cell whose step the tests replace."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        self.W, self.U = np.ones((hidden_size, input_size)), np.ones((hidden_size, hidden_size))

    def mixed(self, x: Any, h: Any) -> Any:
        return np.tanh(x @ self.W.T + h @ self.U.T)


class Unpacks(Made):
    def forward(self, inputs: Any, state: Any = None) -> Any:
        if state is None:
            state = (0, 0)
        h_prev, c_prev = state
        c = self.mixed(inputs, h_prev) + c_prev
        h = np.tanh(c)
        return h, (h, c)


class Apart(Made):
    def forward(self, x: Any, hx: Any, cx: Any) -> Any:
        cy = self.mixed(x, hx) + cx
        hy = np.tanh(cy)
        return hy, cy


class CarryFirst(Made):
    def forward(self, carry: Any, inputs: Any) -> Any:
        h = self.mixed(inputs, carry)
        return h, np.tanh(h)


class ByKey(Made):
    def forward(self, x: Any, prev: Any) -> Any:
        h = self.mixed(x, prev["h"])
        return {"h": h, "c": prev["c"] + h}


class Fields(Made):
    def forward(self, x: Any, state: Pair) -> Any:
        return Pair(self.mixed(x, state.h), state.c + 1)


class InAList(Made):
    def forward(self, x: Any, states: Any) -> Any:
        h = self.mixed(x, states[0])
        return h @ np.ones((len(self.U), 3)), [h]


class Timed(Made):
    def forward(self, x: Any, h: Any, timespan: Any, mask: Any = None, *, memory: Any = None) -> Any:
        assert mask is None
        new_h = self.mixed(x, h) * timespan[:, None] + memory
        return new_h, memory


class Single(Made):
    """Of single samples alone."""

    def forward(self, x: Any, h: Any) -> Any:
        assert x.ndim == 1
        return np.tanh(self.W @ x + self.U @ h)


class Square(Made):
    def forward(self, x: Any, S: Any) -> Any:
        k = x @ self.W.T
        return S + k[:, :, None] * k[:, None, :]


def told(found: Question) -> tuple[Any, ...]:
    own = found.asked
    return own.call, dict(own.keywords), dict(own.inputs), dict(own.states), own.returns


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (Unpacks, (("x", ("h", "c")), {}, {"x": (m,)}, {"h": (n,), "c": (n,)}, "_, (h, c)")),
        (Apart, (("x", "h", "c"), {}, {"x": (m,)}, {"h": (n,), "c": (n,)}, "h, c")),
        (CarryFirst, (("h", "x"), {}, {"x": (m,)}, {"h": (n,)}, "h, y")),
        (ByKey, (("x", {"h": "h", "c": "c"}), {}, {"x": (m,)}, {"h": (n,), "c": (n,)}, "h, c")),
        (Fields, (("x", ("h", "c")), {}, {"x": (m,)}, {"h": (n,), "c": (n,)}, "h, c")),
        (InAList, (("x", ("h",)), {}, {"x": (m,)}, {"h": (n,)}, "y, (h,)")),
        (
            Timed,
            (
                ("x", "h", "timespan"), {"memory": "M"}, {"x": (m,), "timespan": ()}, {"h": (n,), "M": (n,)}, "h, M"
            ),
        ),
        (Square, (("x", "S"), {}, {"x": (m,)}, {"S": (n, n)}, "S")),
    ],
)  # fmt: skip
def test_how_a_step_is_called_and_what_it_gives_back(cell: type, expected: tuple[Any, ...]) -> None:
    found = asked_about(cell)
    assert told(found) == expected
    assert found.batch
    assert dict(found.dims) == {"m": "input size", "n": "hidden size"}


def test_samples_come_one_by_one_where_code_takes_no_batch() -> None:
    assert not asked_about(Single).batch


def test_every_guess_is_told() -> None:
    found = {guess.of: f"{guess.kind} {guess.taken}" for guess in asked_about(Apart, states={"hx": (n,)}).guesses}
    assert found == {
        "input_size": "argument m", "hidden_size": "argument n", "x": "input [m]", "c": "state [n]",
        "returns": "result hx, c",
    }  # fmt: skip


def test_a_function_whose_parameters_are_given() -> None:
    def step(params: Any, carry: Any, x: Any) -> Any:
        h = np.tanh(x @ params["W"].T + carry @ params["U"].T)
        return h, h

    found = asked_about(step, params={"W": (n, m), "U": (n, n)}, carry_first=True)
    assert found.asked.call == ({"W": "W", "U": "U"}, "h", "x")
    assert found.asked.returns == "_, h"


def test_arguments_that_cannot_be_guessed_are_named() -> None:
    class Odd:
        def __init__(self, input_size: int, wiring: Any, activation: Any) -> None: ...

        def forward(self, x: Any, h: Any) -> Any: ...

    with pytest.raises(CodeError, match=r"Odd needs wiring, activation: say --make wiring=… --make activation=…"):
        asked_about(Odd)


def test_what_may_be_one_or_the_other_is_asked() -> None:
    class Unclear(Made):
        def forward(self, x: Any, h: Any) -> Any:
            a, b = self.mixed(x, h), self.mixed(x, -h)
            return a, b

    with pytest.raises(CodeError, match=r"several may be h: say which with --returns 'h, y' or 'y, h'"):
        asked_about(Unclear)
    assert asked_about(Unclear, returns="y, h").asked.returns == "y, h"


def test_what_never_runs_fails_as_the_likeliest_call_does() -> None:
    class Broken(Made):
        def forward(self, x: Any, h: Any) -> Any:
            return x @ np.ones((3, 3))

    with pytest.raises(Exception, match="mismatch in its core dimension"):
        asked_about(Broken)


def test_a_step_that_hands_nothing_on_is_told() -> None:
    class Forgets(Made):
        def forward(self, x: Any, h: Any) -> Any:
            return self.mixed(x, h)[:, :1]

    with pytest.raises(CodeError, match=r"nothing that a call gives back has the shape of h \[n\]"):
        asked_about(Forgets)


@pytest.mark.parametrize(
    ("text", "value"),
    [("n", n), ("4*n", 4 * n), ("m + n", m + n), ("3", 3), ("0.5", 0.5), ("true", True), ("None", None),
     ("relu", "relu"), ("'n'", "n"), ("(1, 2)", (1, 2)), ("n//2", sp.floor(n / 2))],
)  # fmt: skip
def test_values_of_options(text: str, value: Any) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "shape"), [("m", (m,)), ("j,d,2*d", (j, d, 2 * d)), ("", ()), ("[n, m]", (n, m)), ("3", (3,))]
)
def test_shapes_of_options(text: str, shape: Any) -> None:
    assert shape_of(text) == shape
