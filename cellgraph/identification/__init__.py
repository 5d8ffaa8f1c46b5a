"""What a cell is: the known cells nearest to it, found by an index of their forms, and proved."""
