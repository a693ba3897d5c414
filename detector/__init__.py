"""Footage in, scenes and violations out: streams, detection, tracking, signals and the four rules."""
