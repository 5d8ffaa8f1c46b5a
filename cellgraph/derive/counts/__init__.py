"""Counting: parameters, operations, memory and budgets, as formulas over the dims and as exact numbers."""
