"""Charts of measured curves, by matplotlib and as scenes of our own."""
