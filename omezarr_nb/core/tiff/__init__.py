"""TIFF files as sources of pixels."""
