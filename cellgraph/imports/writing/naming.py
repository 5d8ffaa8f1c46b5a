"""Names for quantities: the user's own where the language takes them, the field's letters for known gates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import sympy as sp

from cellgraph.imports.writing.held import Holding
from cellgraph.names import LENGTH, NAME, greek_name
from cellgraph.ops import FUNCTIONS, REDUCTIONS
from cellgraph.parse import NUMBERS
from cellgraph.spec.functions import standard

LETTERS: Mapping[str, str] = MappingProxyType({
    long: short
    for short, words in {
        "f": "f ft forget forgetgate fgate fg gatef forgetg",
        "i": "i it in_ input_ inputgate ingate igate ig gatei ingate_",
        "o": "o ot outputgate outgate ogate og gateo",
        "g": "g gt cellgate cgate cg gate_g candidate cand candidategate newgate ngate newcandidate cellcandidate"
             " candidatestate statecandidate candidatehidden hcandidate hcand ccandidate ccand newmemory newh newstate",
        "z": "z zt update updategate zgate ug zg gatez",
        "r": "r rt reset resetgate rgate rg gater",
    }.items()
    for long in words.split()
})  # fmt: skip
"""Long names of gates, in lower case without underscores, and the letters that stand for them in papers."""

STATES: Mapping[str, str] = MappingProxyType({
    long: short
    for short, words in {
        "h": "h hx hy ht h0 hid hidden hiddenstate hstate state carry hprev prevh hprevious hprevstate prevhidden"
             " hiddenprev hlast lasth htm1 htminus1 hnew hnext newh nexth hnewstate ht1 previoushidden prevstate oldh"
             " hold",
        "c": "c cx cy ct c0 cell cellstate cstate cprev prevc cprevious prevcell cellprev clast ctm1 ctminus1 cnew"
             " cnext newc nextc ct1 previouscell oldc cold",
    }.items()
    for long in words.split()
})  # fmt: skip
"""What states are called, and their letters."""

EMPTY = frozenset(
    "out output outputs tmp temp ret result results res val value1 y1 x1 x2 buf aux new inp input inputs data arg args"
    " self hidden_output combined gates gate pre preact preactivation linear state states".split()
)
"""Names that say nothing of what they hold."""

INPUTS = frozenset({"input", "inputs", "inp", "xt", "inputt", "currentinput"})

AROUND = re.compile(r"^(?:new|next|the)_|_(?:t|new|next)$")
"""What stands around a name and says only that it is of this step."""


def compact(name: str) -> str:
    """A name as it is looked up: in lower case without underscores."""
    return name.replace("_", "").lower()


def short(name: str) -> str:
    """The letter that a gate has in papers, or the name as the language takes it.

    >>> short("forget_gate"), short("f_t"), short("β_t"), short("__Mixed__key"), short("lambda")
    ('f', 'f', 'beta', 'Mixed_key', 'lambda')
    """
    if not name:
        return ""
    letter = LETTERS.get(compact(name)) if len(name) > 1 else None
    return letter or legal(AROUND.sub("", name.strip("_")) or name)


def state_letter(name: str) -> str:
    """What a state is called: its letter, or its name as the language takes it.

    >>> state_letter("hx"), state_letter("c_prev"), state_letter("S")
    ('h', 'c', 'S')
    """
    stripped = re.sub(r"^(?:prev|last|old|init)_|_(?:prev|t|tm1|last|old|0|in)$", "", name.strip("_"))
    return (STATES.get(compact(name), "") if name != name.upper() else "") or legal(stripped or name)


def legal(name: str) -> str:
    """The nearest name that the language takes: Greek letters by their names, ASCII, single underscores.

    >>> legal("_ĥ2__x"), legal("γ"), legal("3a")
    ('h2_x', 'gamma', 'a3a')
    """
    spelled = "".join(f"_{greek_name(c)}_" if greek_name(c) else c for c in name)
    ascii_only = re.sub(r"[^A-Za-z0-9_]", "", _unaccented(spelled))
    plain = re.sub(r"_+", "_", ascii_only).strip("_")
    plain = plain if re.match(r"[A-Za-z]", plain) else f"a{plain}"
    return plain[:LENGTH].rstrip("_") if NAME.fullmatch(plain[:LENGTH].rstrip("_")) else "a"


def _unaccented(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKD", text)


def reserved() -> frozenset[str]:
    """Names that mean something in the language already: operations, functions and numbers.

    >>> {"sigmoid", "pi", "silu", "max"} <= reserved()
    True
    """
    return frozenset({*FUNCTIONS, *REDUCTIONS, *NUMBERS, *standard()})


class Names:
    """Names that are taken, and new ones beside them."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {*reserved(), *taken}

    def take(self, *wanted: str) -> str:
        """The first of some names that is free, else the last with the first number that makes it so.

        >>> names = Names(["n"])
        >>> names.take("n", "g"), names.take("n", "g"), names.take("a"), names.take("a")
        ('g', 'g_2', 'a', 'a_2')
        """
        numbered = (f"{wanted[-1].rstrip('_')}_{k}" for k in range(2, 10_000))
        name = next(n for options in (wanted, numbered) for n in options if n not in self.taken)
        self.taken.add(name)
        return name


ALTERNATIVES: Mapping[str, tuple[str, ...]] = MappingProxyType({"n": ("g",)})
"""Letters of papers for what has a name that is taken: n is a size before it is a candidate."""


def words_of(called: Sequence[Called]) -> tuple[str, ...]:
    """The names for a node that variables have named, the best first; none where these say nothing."""
    own = next((name.name for name in called if name.says_something), "")
    letter = short(own) if own else ""
    return (letter, *ALTERNATIVES.get(letter, ()), legal(own), f"{letter}_t") if own else ()


def input_name(native: str) -> str:
    """What an input is called: x where it is called an input.

    >>> input_name("input"), input_name("x_t"), input_name("u")
    ('x', 'x', 'u')
    """
    return "x" if compact(native) in INPUTS else legal(native)


class Called(NamedTuple):
    """A name that a node may have. `rank` is 0 where it is the node's own, more the less it says; `number` its turn."""

    rank: int
    number: int
    name: str

    @property
    def says_something(self) -> bool:
        """Whether it is the node's own name, alone or with others of a loop, and no word such as tmp."""
        return self.rank in (0, 2)


def names_by_value(held: Iterable[Holding], own: Collection[str]) -> dict[sp.Expr, tuple[Called, ...]]:
    """The names of nodes, of each the best first, from the variables that held their numbers; `own` names are others'.

    A variable that is given several values names the last. Where one line gives them, as in a loop or in a function
    that is called several times, they are numbered: v_1, v_2, ... What says nothing, and what was another value's name
    in the end, comes last.
    """
    by_name: dict[str, list[Holding]] = defaultdict(list)
    for holding in held:
        if all(holding.node != other.node for other in by_name[holding.name]):
            by_name[holding.name].append(holding)
    found: dict[sp.Expr, list[Called]] = defaultdict(list)
    for name, holders in by_name.items():
        last = holders[-1]
        together = [h for h in holders if h.place == last.place] if last.place is not None else [last]
        for holding in holders:
            called = Called(0, holding.number, name)
            if name in own:
                called = called._replace(rank=4, name=f"{name}_hat")
            elif holding in together and len(together) > 1:
                called = called._replace(rank=2, name=f"{name}_{together.index(holding) + 1}")
            elif holding is not last:
                called = called._replace(rank=3, name=f"{name}_pre")
            elif compact(name) in EMPTY:
                called = called._replace(rank=1)
            found[holding.node].append(called)
    return {node: tuple(sorted(names)) for node, names in found.items()}


def kebab(name: str) -> str:
    """The name of a cell from that of a class: words in lower case with hyphens between them.

    >>> kebab("MyGRU"), kebab("LSTMCell"), kebab("_step2"), kebab("Net.Cell")
    ('my-gru', 'lstm-cell', 'step2', 'net-cell')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name)
    plain = re.sub(r"[^a-z0-9]+", "-", parted.lower()).strip("-")
    return plain if re.match(r"[a-z]", plain) else f"cell-{plain}".strip("-")


def dotted(name: str) -> str:
    """The dotted name of a class or function: module and name, in words that Python takes.

    >>> dotted("my_cells.MyGRU"), dotted("step"), dotted("my-cells.py:Cell")
    ('my_cells.MyGRU', 'code.step', 'my_cells.Cell')
    """
    words = [
        re.sub(r"\W", "_", part, flags=re.ASCII) for part in re.split(r"[.:/]+", re.sub(r"\.py(?=:)", "", name)) if part
    ]
    legal_words = [part if re.match(r"[A-Za-z_]", part) else f"_{part}" for part in words]
    return ".".join(legal_words if len(legal_words) > 1 else ["code", *legal_words])
