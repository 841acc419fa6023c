"""How plugins come in: the hooks, what the language knows of a function, the loader."""
