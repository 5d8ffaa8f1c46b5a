"""How gradients fare through time on real runs: random cells, products of Jacobians, and their bounds as numbers."""
