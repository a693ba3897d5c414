"""A box-level simulator."""
