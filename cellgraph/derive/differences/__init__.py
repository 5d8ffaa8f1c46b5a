"""What turns one cell into another: edits by substitution, each proved."""
