"""How real libraries lay out the parameters of a cell: data that a spec states, and the way there and back."""
