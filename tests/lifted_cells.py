"""Random valid specs with lifted axes, of a seed: every way to share, to cross, to make and to unmake axes occurs."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import cellgraph as cg
from cellgraph.graph import Cell

Type = tuple[tuple[str, ...], tuple[str, ...]]
"""The lifted axes of a quantity and the axes of its members, both by name."""

AXES = ("j", "p")
CORES: tuple[tuple[str, ...], ...] = ((), ("n",), ("m",), ("d",), ("n", "d"), ("d", "m"))
NUMBERS = {"m": 3, "n": 4, "d": 2, "j": 5, "p": 6}
SMOOTH = (
    "tanh({})",
    "sigmoid({})",
    "sin({})",
    "{} ** 2",
    "exp(-{} * {})",
    "1 / (1 + {} * {})",
    "-{}",
    "softplus({})",
    "erf({})",
)
KINKED = ("relu({})", "abs({})", "max({}, 0.1)", "{} + stop({})")
PAIRS = ("{} + {}", "{} - {}", "{} * {}", "{} / (2 + cos({}))")
DEPTH = 3


class Draft:
    """A spec in the making; what returns text returns an expression of the type asked for."""

    def __init__(self, seed: int, smooth: bool = True) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.maps = SMOOTH if smooth else (*SMOOTH, *KINKED)
        self.known: dict[str, Type] = {"x": self.rng.choice([((), ("m",)), (("j",), ("m",))])}
        self.inputs = dict(self.known)
        self.states: dict[str, Type] = {"h": (("j",), ("n",)), "S": self._type(), "c": self._type()}
        if self.rng.random() < 0.5:
            del self.states["c"]
        self.known |= {f"{name}[t-1]": own for name, own in self.states.items()}
        self.params: dict[str, Type] = {}
        self.equations: list[str] = []
        for k in range(self.rng.randint(1, 3)):
            own = self._type()
            self._let(f"u{k}", own)
        for name, own in self.states.items():
            self._let(name, own)
        self._let("y", ((), ("m",)))

    def _type(self) -> Type:
        axes = self.rng.choice(((), ("j",), ("j",), ("p",), ("j", "p")))
        return axes, self.rng.choice(CORES)

    def _let(self, name: str, own: Type) -> None:
        self.equations.append(f"{name} = {self.expression(own, DEPTH)}")
        self.known[name] = own

    def expression(self, own: Type, depth: int) -> str:
        """An expression of this type."""
        if depth == 0 or self.rng.random() < 0.15:
            return self.leaf(own)
        ways = [way for way in WAYS if way is not Draft.leaf]
        while True:
            found = self.rng.choice(ways)(self, own, depth - 1)
            if found:
                return found

    def leaf(self, own: Type, depth: int = 0) -> str:
        """A quantity of this type; a parameter where there is none."""
        at_hand = [name for name, known in self.known.items() if known == own]
        if at_hand and self.rng.random() < 0.7:
            return self.rng.choice(at_hand)
        return self.parameter(own)

    def parameter(self, own: Type) -> str:
        """A parameter of this type, new or known."""
        same = [name for name, known in self.params.items() if known == own]
        if same and self.rng.random() < 0.3:
            return self.rng.choice(same)
        name = f"w{len(self.params)}"
        self.params[name] = own
        return name

    def fewer(self, own: Type) -> Type:
        """The same members for some of the axes: what is shared along the others."""
        return tuple(axis for axis in own[0] if self.rng.random() < 0.5), own[1]

    def mapped(self, own: Type, depth: int) -> str:
        """A function of one variable."""
        inner = f"({self.expression(own, depth)})"
        form = self.rng.choice(self.maps)
        return f"({form.format(*[inner] * form.count('{}'))})"

    def paired(self, own: Type, depth: int) -> str:
        """Arithmetic of two operands, of which one may be shared, or a number for each member."""
        beside = self.fewer(own)
        if self.rng.random() < 0.3:
            beside = (beside[0], ())
        both = [self.expression(own, depth), self.expression(beside, depth)]
        form = self.rng.choice(PAIRS)
        if "cos" not in form:
            self.rng.shuffle(both)
        return f"({form.format(*both)})"

    def multiplied(self, own: Type, depth: int) -> str:
        """A matrix product; the matrix or what it meets may be shared, not both."""
        axes, core = own
        inner = self.rng.choice("nmd")
        sides = [(axes, (*core[:1], inner)), (axes, (inner, *core[1:]))]
        if axes:
            k = self.rng.randrange(2)
            sides[k] = self.fewer(sides[k])
        return f"({self.parameter(sides[0]) if core else self.expression(sides[0], depth)} @ " + (
            f"{self.expression(sides[1], depth)})"
        )

    def outer(self, own: Type, depth: int) -> str:
        """An outer product, or a transpose."""
        axes, core = own
        if len(core) != 2:
            return ""
        if self.rng.random() < 0.4:
            return f"transpose({self.expression((axes, core[::-1]), depth)})"
        left, right = (axes, core[:1]), self.fewer((axes, core[1:]))
        return f"outer({self.expression(left, depth)}, {self.expression(right, depth)})"

    def gathered(self, own: Type, depth: int) -> str:
        """Over an axis that goes: a sum, a mean, the largest."""
        axes, core = own
        free = [axis for axis in AXES if axis not in axes]
        if not free:
            return ""
        axis = self.rng.choice(free)
        more = tuple(a for a in AXES if a in (*axes, axis))
        inner = self.expression((more, core), depth)
        if core:
            return f"{self.rng.choice(('sum', 'mean', 'max', 'min'))}({inner}, over={axis})"
        return f"{self.rng.choice(('sum', 'mean'))}({inner}, over={axis})"

    def run_along(self, own: Type, depth: int) -> str:
        """Along an axis that stays: softmax, running sum, shift."""
        axes, _ = own
        if not axes:
            return ""
        axis, inner = self.rng.choice(axes), self.expression(own, depth)
        return self.rng.choice((f"softmax({inner}, over={axis})", f"cumsum({inner}, over={axis})",
                                f"shift({inner}, {self.rng.choice((1, -2))}, over={axis})"))  # fmt: skip

    def inside(self, own: Type, depth: int) -> str:
        """Within each member: softmax, running sum, a sum of a vector or a matrix."""
        axes, core = own
        if len(core) == 1:
            return f"{self.rng.choice(('softmax', 'cumsum'))}({self.expression(own, depth)})"
        if not core:
            return f"{self.rng.choice(('sum', 'mean'))}({self.expression((axes, (self.rng.choice('nmd'),)), depth)})"
        return ""

    def spread(self, own: Type, depth: int) -> str:
        """One array for every member."""
        axes, core = own
        if not axes:
            return ""
        axis = self.rng.choice(axes)
        return f"spread({self.expression((tuple(a for a in axes if a != axis), core), depth)}, {axis})"

    def flattened(self, own: Type, depth: int) -> str:
        """Members side by side, mixed by a matrix, and where they fit, cut apart again."""
        axes, core = own
        free = [axis for axis in AXES if axis not in axes]
        if len(core) == 1 and free:
            axis, width = self.rng.choice(free), self.rng.choice("nd")
            more = tuple(a for a in AXES if a in (*axes, axis))
            flat = f"flatten({self.expression((more, (width,)), depth)}, {axis})"
            return f"({self.parameter((axes, (*core, f'{axis}*{width}')))} @ {flat})"
        if len(core) == 1 and axes:
            axis = self.rng.choice(axes)
            rest = tuple(a for a in axes if a != axis)
            whole = self.parameter((rest, (f"{axis}*{core[0]}",)))
            return f"split({whole}, {axis})"
        return ""

    def text(self) -> str:
        """The spec."""

        def shapes(names: dict[str, Type]) -> str:
            listed = (f"{name}: [{', '.join((*axes, *core))}]" for name, (axes, core) in names.items())
            return "{" + ", ".join(listed) + "}"

        lines = "\n".join(f"  {line}" for line in self.equations)
        return (
            f"name: lifted-{self.seed}\ndims: {{m: input size, n: hidden size, d: key size}}\n"
            f"each: {{j: heads, p: positions}}\ninputs: {shapes(self.inputs)}\nstates: {shapes(self.states)}\n"
            f"params: {shapes(self.params)}\nequations: |\n{lines}\noutput: y\n"
        )


WAYS: tuple[Callable[[Draft, Type, int], str], ...] = (
    Draft.mapped, Draft.paired, Draft.paired, Draft.multiplied, Draft.multiplied, Draft.outer, Draft.gathered,
    Draft.gathered, Draft.run_along, Draft.inside, Draft.spread, Draft.flattened, Draft.flattened,
)  # fmt: skip


@cache
def lifted_cell(seed: int, smooth: bool = True) -> Cell:
    """The cell of a seed, read once in a process."""
    return cg.loads(Draft(seed, smooth).text())
