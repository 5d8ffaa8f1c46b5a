"""What can be derived from a cell's graph. Derivations return graphs and tables; they print nothing."""
