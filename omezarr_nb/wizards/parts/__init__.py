"""The parts of `omezarr_nb.ImageWizard`, one a step: controls that read from a form and write to it."""
