"""What the mouse does in the roll: one gesture a file, each with begin, preview, commit and cancel."""
