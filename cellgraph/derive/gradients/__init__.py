"""Gradients as graphs: the adjoint of a step, unrolling, expansion, and running graphs on arrays."""
