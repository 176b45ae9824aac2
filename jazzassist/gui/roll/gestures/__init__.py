"""Mouse gestures of the roll, one per file, each with begin, preview, commit and cancel."""
