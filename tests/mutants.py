"""The tests of the tests: a small fault is put into a module, and the tests that own the module must notice it.

Cosmic Ray makes the faults. Each is tried in a process of its own, which is forked after SymPy, NumPy and pytest have
been loaded and before cellgraph is, and which imports the faulty module in the place of the right one; no file changes.
What may be tried, which tests own it, and every fault that nobody can notice with the reason stand in `mutants.toml`.
"""

from __future__ import annotations

import argparse
import difflib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis  # noqa: F401  Loaded once, for every process that is forked from here.
import numpy  # noqa: F401
import pytest
import sympy  # noqa: F401
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).parent.parent
TABLE = Path(__file__).with_suffix(".toml")
SLOWER = 2
"""A fault is noticed where the tests need so many times the processor time that they need where nothing is wrong."""
PYTEST = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore:Module already imported")
ENOUGH = 0.9
"""Of the faults in each target, at least this share is noticed."""
OPERATORS = [
    f"core/{name}"
    for name in (
        *("NumberReplacer", "AddNot", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ZeroIterationForLoop"),
        *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
        *("ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Not"),
        *(
            f"ReplaceBinaryOperator_{p}"
            for p in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Pow_Mul")
        ),
        *(f"ReplaceComparisonOperator_{p}" for p in ("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")),
        *(f"ReplaceComparisonOperator_{p}" for p in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")),
    )
]
"""Each changes one thing a little: a number by one, a condition into its opposite, an operator into its neighbour."""

SPARED = ("strict=True", "frozen=True", ", *, ", "    *,\n", "[ -1]")
"""What a fault neither takes away nor brings.

The first two tell of mistakes of ours alone. A star among parameters is no product. Of a tuple with one entry the first
is the last, and that an index of 0 may not be 1 is tried.
"""


@dataclass(frozen=True)
class Mutant:
    """A module with one fault: its path from the root, its text, and the lines that differ, as one string each."""

    module: str
    text: str
    was: str
    now: str


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of the operators; those of one text once."""
    right = (ROOT / module).read_text(encoding="utf-8")
    seen = {right}
    for name in OPERATORS:
        operator = get_operator(name)()
        occurrence = 0
        while (text := mutate_code(right, operator, occurrence)) is not None:
            occurrence += 1
            if text not in seen and not any(text.count(part) != right.count(part) for part in SPARED):
                yield Mutant(module, text, *changed(right, text))
            seen.add(text)


def changed(right: str, wrong: str) -> tuple[str, str]:
    """The lines of the first text that the second has not, and the other way round."""
    lines = list(difflib.ndiff(right.splitlines(), wrong.splitlines()))
    was, now = (" ".join(line[2:].strip() for line in lines if line[0] == sign) for sign in "-+")
    return was, now


class Instead(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Finds one module, and loads a text in its place."""

    def __init__(self, mutant: Mutant) -> None:
        name = mutant.module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        super().__init__(name, str(ROOT / mutant.module))
        self.text = mutant.text

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def get_code(self, fullname: str) -> Any:
        return compile(self.text, self.path, "exec")


def noticed(mutant: Mutant, tests: Sequence[str], seconds: int = resource.RLIM_INFINITY) -> bool:
    """Whether the tests fail, or compute for longer, with the mutant in place of its module, its own tests first."""
    own = f"test_{Path(mutant.module).stem}"
    tests = sorted(tests, key=lambda path: Path(path).stem != own)
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        sys.dont_write_bytecode = True
        sys.meta_path.insert(0, Instead(mutant))
        try:
            os._exit(next((1 for path in tests if pytest.main([*PYTEST, path])), 0))
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def computed() -> float:
    """Processor seconds that all children have taken so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> int:
    """Try every mutant of every target; 0 where enough are noticed and each survivor has its reason."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(table['target'])}; default: all")
    options.add_argument("--every", type=int, default=1, metavar="N", help="try every N-th mutant alone, for a sample")
    options.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at the same time")
    given = options.parse_args()
    os.chdir(ROOT)
    return max(tried(name, table, given.jobs, given.every) for name in given.targets or table["target"])


def tried(target: str, table: Mapping[str, Any], jobs: int, nth: int) -> int:
    """Try the mutants of one target and print what came of it, module by module."""
    row = table["target"][target]
    modules = sorted(str(path.relative_to(ROOT)) for pattern in row["modules"] for path in ROOT.glob(pattern))
    reasons = {
        (entry["module"], entry["was"], entry["now"]) for entry in table["survivor"] if entry["module"] in modules
    }
    before = computed()
    if noticed(Mutant(modules[0], (ROOT / modules[0]).read_text(encoding="utf-8"), "", ""), row["tests"]):
        print(f"{target}: the tests fail where nothing is wrong", flush=True)
        return 1
    seconds = 1 + int(SLOWER * (computed() - before))
    made: Counter[str] = Counter()
    survived: list[Mutant] = []
    with ThreadPoolExecutor(jobs) as pool:
        every = [mutant for module in modules for mutant in mutants(module)][::nth]
        for mutant, found in zip(every, pool.map(lambda one: noticed(one, row["tests"], seconds), every), strict=True):
            made[mutant.module] += 1
            if not found:
                survived.append(mutant)
                known = (mutant.module, mutant.was, mutant.now) in reasons
                print(
                    f"{'known' if known else 'NEW'} survivor in {mutant.module}\n- {mutant.was}\n+ {mutant.now}",
                    flush=True,
                )
    left = Counter(mutant.module for mutant in survived)
    for module in modules:
        print(f"{module}: {made[module] - left[module]} of {made[module]} noticed")
    share = 1 - len(survived) / max(1, len(every))
    print(f"{target}: {share:.1%}", flush=True)
    keys = {(mutant.module, mutant.was, mutant.now) for mutant in survived}
    for module, was, now in sorted(reasons - keys) if nth == 1 else ():
        print(f"no survivor any more in {module}\n- {was}\n+ {now}")
    return int(share < ENOUGH or not keys <= reasons or (nth == 1 and keys != reasons))


if __name__ == "__main__":
    sys.exit(main())
