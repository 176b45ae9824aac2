"""JazzAssist: bridges and continuations for the MIDI file that a composer is working on."""

import os

__version__ = "0.1.0"

# The matrices here are small. Two threads for one product wait for each other longer than they multiply,
# ten times as long on a busy machine. The library reads this when numpy is imported, so it stands here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
