"""Forms that make a plan, show it, and run it. `omezarr_nb.ImageWizard` is the first."""
