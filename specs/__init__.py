"""The specs that ship with cellgraph, one YAML file per cell; installed as the package `cellgraph.specs`."""
