"""From code to a cell: what a traced program computes, read as equations over vectors, matrices and families."""
