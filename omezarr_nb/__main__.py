"""``python -m omezarr_nb``: see `omezarr_nb.cli`."""

import sys

from omezarr_nb.cli import main

if __name__ == "__main__":
    sys.exit(main())
