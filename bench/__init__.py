"""Benchmarks: cellgraph beside what people would use instead, in one run, with ratios. `make bench` runs them all."""
