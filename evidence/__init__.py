"""Sealed packages (vault), tables and queries (store), and the way from a case to a notice (cases)."""
