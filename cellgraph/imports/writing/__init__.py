"""Equations that were read written as a person writes them: names, functions, parameters, a spec."""
