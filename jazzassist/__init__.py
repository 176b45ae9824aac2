"""JazzAssist: bridges and continuations for the MIDI file that a composer is working on."""

import os

__version__ = "0.1.0"

# Numpy's products of small matrices in several threads mostly wait for each other: on a busy machine one of 30 us
# takes 60 ms now and then. OpenBLAS reads this when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
