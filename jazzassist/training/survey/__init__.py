"""A blind listening test: pairs of sounds to be compared, and what the listeners preferred."""
