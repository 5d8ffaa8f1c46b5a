"""`python -m cellgraph` is the command line."""

from cellgraph.cli import main

main()
