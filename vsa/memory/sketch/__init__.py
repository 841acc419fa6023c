"""Sign sketches of a table's rows: the compressed scan, and the theory of what it may miss."""
