"""How gradients fare through time on real runs: random cells, products of Jacobians, and their bounds as numbers."""

INITS = ("torch", "keras", "orthogonal", "chrono")
"""How weights can be drawn; the names stand here, where they cost no import."""
