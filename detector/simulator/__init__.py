"""A box-level simulator: short stories on a road in metres, seen by a pole camera, with exact truth and measured noise.

    draw_scenario ──▶ Scenario ──▶ sight (boxes, heads, lamps, with errors) ──▶ tracks or detections ──▶ rules ──▶ Judged
     road, lights, lens, vehicles └──▶ law (the truth, from the world alone) ───────────────────────────────────────┘

No pixels, so that many thousands run on a processor. `python -m api.cli bench simulate` runs and counts them.
"""
