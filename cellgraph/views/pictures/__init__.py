"""Pictures: from a graph to a diagram, from a diagram to a plan, from a plan to a scene, from a scene to a file.

What a command line says of pictures stands here, where it costs no import.
"""

SUFFIXES = {".svg": "svg", ".png": "png", ".pdf": "pdf", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".tex": "tikz"}
"""The format that a file name asks for."""
FORMATS = tuple(dict.fromkeys(SUFFIXES.values()))
DETAILS = ("equations", "operations")
"""The levels of detail."""
SHOWN = ("labels", "shapes", "params")
"""What `show` may name: the spec's labels in words, array shapes, parameters as boxes of their own."""
