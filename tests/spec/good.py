"""Specs that are in order, made by hypothesis: any number of gates, states, sizes and names, as YAML text."""

from __future__ import annotations

from hypothesis import strategies as st

ACTIVATIONS = ("sigmoid", "tanh", "relu", "softplus", "exp")
LETTERS = "abcdefgijkopqrsuvwz"


@st.composite
def specs(draw: st.DrawFn) -> str:
    """The text of a spec whose shapes agree: gates of every state, and each state a blend of itself and a candidate."""
    names = draw(st.lists(st.sampled_from(LETTERS), min_size=1, max_size=3, unique=True))
    scale = draw(st.sampled_from(["n", "2*n", "n + m", "3"]))
    flow = draw(st.booleans())
    params, equations = [], []
    for state in names:
        for part, activation in (("gate", "sigmoid"), ("new", draw(st.sampled_from(ACTIVATIONS)))):
            recurrent = draw(st.sampled_from(names))
            params += [
                f"W_{part}_{state}: [{scale}, m]",
                f"U_{part}_{state}: [{scale}, {scale}]",
                f"b_{part}_{state}: [{scale}]",
            ]
            inner = f"W_{part}_{state} @ x + U_{part}_{state} @ {recurrent}[t-1] + b_{part}_{state}"
            equations.append(f"{part}_{state} = {activation}({inner})")
        equations.append(f"{state} = gate_{state} * {state}[t-1] + (1 - gate_{state}) * new_{state}")
    equations = draw(st.permutations(equations))
    listed = "{" + ", ".join(params) + "}" if flow else "".join(f"\n  {param}" for param in params)
    states = ", ".join(f"{name}: [{scale}]" for name in names)
    lines = "".join(f"  {equation}\n" for equation in equations)
    return (
        f"name: made\ndims: {{m: input size, n: hidden size}}\ninputs: {{x: [m]}}\nstates: {{{states}}}\n"
        f"params: {listed}\nequations: |\n{lines}"
    )
