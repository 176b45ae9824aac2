"""Statistics of a folder of music: instruments, notes, chords, lengths, keys and meters."""
