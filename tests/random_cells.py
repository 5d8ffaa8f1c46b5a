"""Random valid specs: a seed gives the YAML text of a cell, most of them gated updates, some of them very odd.

Every public operation occurs, and every way in which cells of the literature gate, keep, mix and erase their states.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from random_updates import JOINT_UPDATES, MATRIX_UPDATES, UPDATES, forgetful

import cellgraph as cg
from cellgraph.graph import Cell

T = TypeVar("T")
Shape = tuple[str, ...]

DIMS = {"m": "input size", "n": "hidden size", "k": "slots", "d": "key size", "q": "groups", "p": "group size"}
NUMBERS = (3, 4, 2, 5, 7, 6)
MOST = 8
"""The most equations of a cell."""
ODD_INPUTS = ({"x": ()}, {"X": ("q*p", "n")}, {"t": ()}, {"x": ("n",)}, {"e": ("k",)})
VECTORS: tuple[Shape, ...] = (("n",),) * 6 + (("k",), ("2*n",), ("n + m",))
OTHERS: tuple[Shape, ...] = (("d", "k"), ("n", "d"), ())
ACTIVATIONS = ("tanh",) * 4 + ("relu", "sin", "sigmoid", "softplus", "")

ALIKE = (
    "{0} ** 2", "{0} ** 3", "sigmoid({0})", "tanh({0})", "relu({0})", "softplus({0})", "exp({0})", "exp(-{0} * {0})",
    "log(1 + abs({0}))", "sqrt({0} * {0} + 0.01)", "sin({0})", "cos({0})", "abs({0})", "sign({0})", "step({0})",
    "floor({0})", "-{0}", "1 / (1 + {0} * {0})", "(abs({0}) + 0.5) ** (-1/2)", "max({0}, 0)", "min({0}, 1)", "2 * {0}",
    "{0} - floor({0})", "max(min({0}, 1), -1)", "({0} - {0})", "{0} * sigmoid({0})",
    *("{0} + {1}", "{0} - {1}", "{0} * {1}", "max({0}, {1})", "min({0}, {1})", "{0} / (1 + abs({1}))") * 3,
)  # fmt: skip
"""What acts entry by entry."""
MIXING: tuple[tuple[tuple[str, str], ...], ...] = (
    (("sum({0})", "n"), ("mean({0})", "n"), ("sum({0})", "n, d")),
    (
        ("softmax({0})", "a"),
        ("cumsum({0})", "a"),
        ("shift({0}, 1)", "a"),
        ("shift({0}, -1)", "a"),
        ("fill({0}, {a})", ""),
        ("concat(slice({0}, 1, {a}), fill({1}, 1))", "a; "),
        ("{0} - mean({0})", "a"),
        ("sum({0}) * {1}", "a; a"),
        ("{0} @ {1}", "a, n; n"),
        ("transpose({0}) @ {1}", "n, a; n"),
        ("slice(concat({0}, {1}), 0, {a})", "a; n"),
    ),
    (
        ("outer({0}, {1})", "a; b"),
        ("transpose({0})", "b, a"),
        ("scale({0}, {1})", "a; a, b"),
        ("{0} @ {1}", "a, n; n, b"),
        ("fill({0}, {a}, {b})", ""),
        ("shift({0}, 1)", "a, b"),
    ),
)
"""By rank, what mixes entries: a form, and the axes of its operands; a and b are the axes of what is made."""
SHAPED: Mapping[Shape, tuple[tuple[str, str], ...]] = {
    ("n",): (("slice({0}, n, 2*n)", "2*n"), ("slice({0}, 0, n)", "n + m")),
    ("2*n",): (("concat({0}, {1})", "n; n"), ("repeat({0}, 2)", "n")),
    ("n + m",): (("concat({0}, {1})", "n; m"),),
    ("q*p",): (("repeat({0}, p)", "q"),) * 2,
}
"""The same for what has these axes alone."""


def random_spec(seed: int) -> str:
    """The spec of a cell of one to eight equations; the same text for the same seed, wherever it is made."""
    return Draft(seed).text()


@cache
def random_cell(seed: int) -> Cell:
    """The cell of that spec, read once in a process."""
    return cg.loads(random_spec(seed))


def random_sizes(cell: Cell) -> dict[str, int]:
    """A small size for each dim of a cell; no two are equal."""
    return dict(zip(cell.dims, NUMBERS, strict=False))


class Draft:
    """A spec in the making. What returns text returns an expression, and declares the parameters that stand in it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.blind = self.rng.random() < 0.05
        """Whether no state is read."""
        self.scan = self.rng.random() < 0.2
        """Whether gates and candidates see the inputs alone."""
        self.given: dict[str, Shape] = {"x": ("m",)}
        if self.rng.random() < 0.25:
            self.given |= self.rng.choice(ODD_INPUTS)
        self.inputs: dict[str, Shape] = {}
        self.params: dict[str, Shape] = {}
        self.constants: dict[str, Shape | str] = {}
        self.initial: dict[str, str] = {}
        self.states = self._states()
        self.known: dict[str, Shape] = {}
        """What is computed already."""
        self.equations: list[str] = []
        self.left = list(self.states)
        """States that have no equation yet."""
        self.most = self.rng.randint(len(self.left), MOST)
        while self.left:
            self._update()
        self.output = self.rng.choice(list(self.states))
        if len(self.equations) < MOST and self.rng.random() < 0.2:
            self.output = self.let("y", ("m",), self.candidate(("m",)), named=True)

    def _states(self) -> dict[str, Shape]:
        grouped = self.rng.random() < 0.2
        kinds = [*VECTORS, *OTHERS, *[("q*p",)] * 9 * grouped]
        main = self.rng.choice(kinds) if self.rng.random() < 0.4 else ("q*p",) if grouped else ("n",)
        found: dict[str, Shape] = {}
        for letter in self.rng.sample("hcsyauz", self.rng.choice((1, 1, 1, 2, 2, 3))):
            own = main if self.rng.random() < 0.75 else self.rng.choice(kinds)
            found[letter.upper() if len(own) == 2 else letter] = own
        return found

    def _update(self) -> None:
        """The equations of the next state, or of it and others of its shape."""
        state = self.left[0]
        shape = self.states[state]
        others = [name for name in self.left[1:] if self.states[name] == shape]
        if self.blind:
            forgetful(self, state, shape)
        elif others and self.rng.random() < 0.6:
            self.weighted(JOINT_UPDATES)(self, state, others[0], shape)
        else:
            self.weighted(MATRIX_UPDATES if len(shape) == 2 else UPDATES)(self, state, shape)

    def weighted(self, table: Mapping[T, int]) -> T:
        """A key of the table, as often as its number says."""
        return self.rng.choices(list(table), list(table.values()))[0]

    # Names

    def _fresh(self, letter: str) -> str:
        taken = {*DIMS, *self.given, *self.states, *self.known, *self.params, *self.constants}
        return next(name for k in range(99) if (name := f"{letter}_{k}" if k else letter) not in taken)

    def param(self, letter: str, *shape: str) -> str:
        """The name of a new parameter; now and then of a matrix that is given and not learned."""
        name = self._fresh(letter)
        if len(shape) == 2 and self.rng.random() < 0.04:
            self.constants[name] = shape
        else:
            self.params[name] = shape
        return name

    def constant(self, *values: str) -> str:
        """One of these numbers: as it is, or by a name."""
        value = self.rng.choice(values)
        if self.rng.random() < 0.5:
            return f"({value})"
        name = self._fresh("alpha")
        self.constants[name] = value
        return name

    def let(self, letter: str, shape: Shape, expression: str, named: bool = False) -> str:
        """The name of an equation with this right-hand side, or the right-hand side where there is no room."""
        room = (MOST if named else self.most) - len(self.equations) - len(self.left)
        if room <= 0 or (not named and self.rng.random() < 0.15):
            return f"({expression})"
        name = self._fresh(letter)
        self.known[name] = shape
        self.equations.append(f"{name} = {expression}")
        return name

    def assign(self, state: str, expression: str) -> None:
        """The equation of a state."""
        self.equations.append(f"{state} = {expression}")
        self.known[state] = self.states[state]
        self.left.remove(state)

    # Expressions

    def _readable(self, past: bool) -> dict[str, Shape]:
        """What may be read here: inputs, what is computed already, states before the step."""
        if self.scan:
            return dict(self.given)
        recalled = {f"{name}[t-1]": shape for name, shape in self.states.items() if past and not self.blind}
        return {**self.given, **self.known, **recalled}

    def mapped(self, name: str, source: Shape, target: Shape) -> str:
        """Something of the target's shape that is linear in what has this name."""
        if name in self.given:
            self.inputs[name] = source
        param, same = self.param, source == target
        match source, target:
            case (), _:
                return f"{param('w', *target)} * {name}"
            case (_,), ():
                return self.rng.choice((f"sum({param('w', *source)} * {name})", f"mean({name})"))
            case (_, _), ():
                return f"sum({param('W', *source)} * {name})"
            case (_,), (_,) if same and self.rng.random() < 0.3:
                return f"{param('u', *target)} * {name}"
            case (_,), (_,):
                return f"{param('U' if '[' in name else 'W', *target, *source)} @ {name}"
            case (rows, columns), (size,) if size == rows:
                return f"{name} @ {param('v', columns)}"
            case (rows, columns), (size,):
                return f"{param('W', size, columns)} @ (transpose({name}) @ {param('v', rows)})"
            case (_,), (rows, columns):
                return f"outer({param('W', rows, *source)} @ {name}, {param('v', columns)})"
            case (rows, _), _ if same and self.rng.random() < 0.5:
                return f"scale({param('u', rows)}, {name})"
            case (inner, columns), (rows, wanted):
                right = "" if columns == wanted else f" @ {param('R', columns, wanted)}"
                return f"{param('L', rows, inner)} @ {name}{right}"
        raise ValueError(f"no array has the axes {source} or {target}")

    def affine(self, shape: Shape, past: bool = True) -> str:
        """W x + U h[t-1] + b: of an input, mostly of a state, now and then of what is computed already."""
        found = self._readable(past)
        recalled = [name for name in found if "[" in name]
        read = [self.rng.choice(list(self.given))]
        if recalled and self.rng.random() < 0.8:
            read.append(self.rng.choice(recalled))
        if self.rng.random() < 0.15:
            read.append(self.rng.choice(list(found)))
        terms = [self.mapped(name, found[name], shape) for name in dict.fromkeys(read)]
        if self.rng.random() < 0.04:
            # A size that stands in numbers only.
            terms[0] = f"{self.rng.choice(('1 / k', 'k ** (-1/2)', '(k - 1) / k'))} * ({terms[0]})"
        if self.rng.random() < 0.75:
            terms.append(self.param("b", *shape))
        return " + ".join(terms)

    def candidate(self, shape: Shape) -> str:
        """An activation of an affine map; now and then anything."""
        if self.rng.random() < 0.12:
            return self.anything(shape, 2)
        activation = self.rng.choice(ACTIVATIONS)
        return f"{activation}({self.affine(shape)})" if activation else f"({self.affine(shape)})"

    def anything(self, shape: Shape, depth: int) -> str:
        """Any operations at all, nested this deep, in brackets."""
        if not depth:
            fitting = [name for name, own in self._readable(True).items() if own == shape and name not in self.given]
            return self.rng.choice([*fitting, ""]) or f"({self.affine(shape)})"
        axes = dict(zip("ab", shape, strict=False))
        alike = [(form, "; ".join([", ".join(shape)] * (1 + ("{1}" in form)))) for form in ALIKE]
        form, operands = self.rng.choice([*alike, *MIXING[len(shape)] * 3, *SHAPED.get(shape, ()) * 9])
        inner = [
            self.anything(tuple(axes.get(axis, axis) for axis in operand.split(", ") if axis), depth - 1)
            for operand in operands.split("; ")
        ]
        return f"({form.format(*inner, **axes)})"

    # Text

    def text(self) -> str:
        """The spec in YAML."""

        def section(name: str, entries: Mapping[str, Shape | str]) -> str:
            values = [f"[{', '.join(value)}]" if isinstance(value, tuple) else value for value in entries.values()]
            lines = [f"  {key}: {value}\n" for key, value in zip(entries, values, strict=True)]
            return f"{name}:\n{''.join(lines)}" if lines else ""

        body = "".join(
            section(name, entries)
            for name, entries in (
                ("inputs", self.inputs or {"x": self.given["x"]}),
                ("states", self.states),
                ("params", self.params or {"w": ()}),
                ("constants", self.constants),
                ("initial", self.initial),
            )
        )
        lines = "".join(f"  {equation}\n" for equation in self.equations)
        words = {*re.findall(r"\w+", re.sub(r"(?m)^\s*\w+:", "", body) + lines)}
        dims = ", ".join(f"{name}: {described}" for name, described in DIMS.items() if name in words)
        head = f"name: random-{self.seed}\ntitle: Random cell {self.seed}\ndims: {{{dims}}}\n"
        return f"{head}{body}equations: |\n{lines}output: {self.output}\n"
