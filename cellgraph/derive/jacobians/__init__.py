"""One-step Jacobians: paths, products of local factors, norm bounds, and what becomes of them through time."""
