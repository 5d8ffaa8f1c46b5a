"""Chinese for the interactive page."""

WORDS: dict[str, str] = {}
