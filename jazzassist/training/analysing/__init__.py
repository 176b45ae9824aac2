"""What a folder of music holds: instruments, notes and chords, lengths, keys, meters."""
