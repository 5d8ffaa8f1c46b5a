"""What kind of cell it is: gates, carries, couplings, scan class and invariants, read off the equations."""
