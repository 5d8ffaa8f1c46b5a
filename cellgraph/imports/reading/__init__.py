"""Traces read as equations: sizes, axes, and parts of arrays as expressions."""
