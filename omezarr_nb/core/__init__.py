"""Zarr I/O, formats, axes, transformations, reading and writing. Knows nothing of notebooks."""
