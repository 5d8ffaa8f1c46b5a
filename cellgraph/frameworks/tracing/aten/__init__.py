"""PyTorch as its operations are recorded: which operation of a trace each of ATen is."""
