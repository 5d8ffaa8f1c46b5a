"""Weights: files of arrays by name, which of them belong to a class of a library, and the same in another's layout."""
