"""Where documents meet cellgraph: embedded blocks, Sphinx, MkDocs, notebooks, and the gallery."""
