"""Explanations in sentences, put together from derived facts."""
