"""Dated law, thresholds and camera files as data; `folder()` says where they lie."""

from pathlib import Path


def folder() -> Path:
    """The folder that holds the shipped configuration files."""
    return Path(__file__).parent
