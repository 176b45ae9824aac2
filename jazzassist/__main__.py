"""`python -m jazzassist`."""

import sys

from jazzassist.cli import main

sys.exit(main())
