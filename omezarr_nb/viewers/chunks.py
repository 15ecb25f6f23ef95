"""The cache of chunks under its name on this floor; it lies in the core, where labels are painted through it."""

from omezarr_nb.core.chunks import ChunkCache

__all__ = ["ChunkCache"]
