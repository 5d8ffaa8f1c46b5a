"""Graphs of ONNX read as traces: which operation of a trace each operator is."""
