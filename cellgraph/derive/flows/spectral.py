"""The largest singular value of a matrix, from a few products with vectors where the matrix is large."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any

SMALL = 12
"""Up to this size all singular values are computed; it takes less time than iterating."""
STEPS = 80
TOLERANCE = 1e-7
"""Of the residual, relative to the eigenvalue. The error of the eigenvalue itself goes with the residual's square."""


def spectral_norm(matrix: Array, start: Array) -> tuple[float, Array]:
    """‖A‖₂ and the right singular vector of it, by Lanczos iteration on AᵀA from a vector `start`.

    Every new direction is made orthogonal to all before it. A matrix that has not converged after 80 directions has its
    singular values computed in full. The start must not be orthogonal to the result, so take a random one, or the
    result for a matrix nearby with some noise.
    """
    if len(matrix) <= SMALL:
        return _full(matrix)
    length = float(np.linalg.norm(start))
    basis = np.empty((STEPS + 1, matrix.shape[1]))
    basis[0] = start / length
    diagonal, beside = np.zeros(STEPS), np.zeros(STEPS)
    for k in range(STEPS):
        image = matrix.T @ (matrix @ basis[k])
        diagonal[k] = basis[k] @ image
        known = basis[: k + 1]
        for _ in range(2):
            image -= known.T @ (known @ image)
        beside[k] = np.linalg.norm(image)
        # A small eigenproblem costs more than a product with a vector, so not after each.
        if k % 4 == 3 or beside[k] == 0:
            tridiagonal = np.diag(diagonal[: k + 1]) + np.diag(beside[:k], 1) + np.diag(beside[:k], -1)
            values, vectors = np.linalg.eigh(tridiagonal)
            largest, weights = values[-1], vectors[:, -1]
            if beside[k] * abs(weights[-1]) <= TOLERANCE * largest or largest <= 0:
                return float(np.sqrt(max(largest, 0.0))), weights @ known
        basis[k + 1] = image / (beside[k] or 1.0)
    return _full(matrix)


def _full(matrix: Array) -> tuple[float, Array]:
    _, values, right = np.linalg.svd(matrix, full_matrices=False)
    return float(values[0]), right[0]
