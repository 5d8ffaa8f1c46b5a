"""Chinese for titles, columns and notes of tables."""

WORDS = {
    "parameter": "参数",
    "shape": "形状",
}
