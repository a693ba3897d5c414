"""Rendered Vietnamese street footage with exact truth: the demo's sample clips and extra training frames."""
