"""Plate in a vehicle crop → rectified → read → checked against the grammar → voted over the track."""
