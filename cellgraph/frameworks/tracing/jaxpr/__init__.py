"""Jaxprs read as traces: which operation of a trace each primitive of JAX is."""
