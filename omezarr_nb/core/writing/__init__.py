"""The parts of `omezarr_nb.core.writer`."""
