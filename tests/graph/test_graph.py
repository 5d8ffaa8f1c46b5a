"""What depends on what: held quantities, and agreement with networkx over every cell."""

from __future__ import annotations

import networkx as nx
from laws import over
from zoo import FEW, cell_of

import cellgraph as cg


def names(symbols: frozenset) -> set[str]:
    return {symbol.name for symbol in symbols}


@over(FEW)
def test_ancestors_and_descendants_are_those_of_the_network(name: str) -> None:
    graph = cell_of(name).step
    network = graph.to_networkx()
    assert set(network) == {symbol.name for symbol in graph.quantities}
    assert nx.is_directed_acyclic_graph(network)
    for symbol in graph.quantities:
        assert names(graph.ancestors([symbol])) == nx.ancestors(network, symbol.name) | {symbol.name}
        assert names(graph.descendants([symbol])) == nx.descendants(network, symbol.name) | {symbol.name}


def test_what_is_held_counts_as_given() -> None:
    graph = cell_of("lstm").step
    of = {symbol.name: symbol for symbol in graph.quantities}
    held = [of["f"], of["i"]]
    assert names(graph.ancestors([of["c"]], held)) >= {"c", "f", "i", "g", "c[t-1]", "W_g"}
    assert "W_f" not in names(graph.ancestors([of["c"]], held))
    assert names(graph.descendants([of["W_f"]], held)) == {"W_f"}
    assert names(graph.descendants([of["f"]], held)) == {"f", "c", "h"}


def test_a_network_is_the_callers_own() -> None:
    graph = cell_of("gru").step
    graph.to_networkx().clear()
    network = graph.to_networkx()
    assert network.nodes["h[t-1]"]["role"] == "state"
    assert network.nodes["h[t-1]"]["time"] == -1
    assert network.nodes["W_z"]["shape"] == ("n", "m")
    assert network.nodes["h"]["equation"].lhs.name == "h"


def test_sizes_are_those_of_shapes_and_of_numbers() -> None:
    head = "name: sized\ndims: {n: hidden size, k: other, j: another}\ninputs: {x: [n]}\nstates: {h: [n]}\nparams: {}\n"
    cell = cg.loads(f"{head}equations: h = slice(concat(h[t-1], fill(1 / k, j)), j, n + j) + x\n")
    assert [str(size) for size in cell.step.sizes] == ["j", "k", "n"]
