"""Sealed evidence packages, the site's key, the ledger and verification without us."""
