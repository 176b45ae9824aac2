"""Songs, notes, timing, chords and edits, as immutable values and pure functions (standard library and numpy)."""
