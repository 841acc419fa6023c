"""Cleanup memory: named vectors, and which of them a query resembles, how surely."""
