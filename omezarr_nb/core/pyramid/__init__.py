"""Pyramids of levels: planned (`plan`), reduced exactly (`reduce`), and written in one pass (`run`)."""
