"""Transforms: a cell and the name of a change to a new cell, worked out from its equations alone.

A transform is one module here that ends with its row, and a line of `table.TABLE`.
"""
