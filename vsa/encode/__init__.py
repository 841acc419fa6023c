"""Records and texts encoded to files, in bounded memory."""
