"""The face at a terminal: the command line, the prompt, what is printed."""
