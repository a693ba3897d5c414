"""The clips that the demo ships."""

from __future__ import annotations

from . import clip_bus_lane, clip_junction, clip_two_way

CLIPS = {clip.name: clip for clip in (clip_junction.CLIP, clip_bus_lane.CLIP, clip_two_way.CLIP)}
