"""Weights, their cards, training and export. Everything else only loads from here."""
