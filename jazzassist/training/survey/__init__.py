"""A blind listening test: pairs of sounds to compare, and the preferences of the listeners."""
