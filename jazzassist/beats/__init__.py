"""Detection of beats, bars and feel from the notes of a song."""
