"""The doors to import: whose code is meant, what was guessed about it, and the cell that comes of it."""
