"""Transforms: a cell and the name of a change to a new cell, worked out from its equations alone.

A transform is a rule in a module here, and a row of `table.TABLE`.
"""
