"""Playing a song: schedules made beforehand, a player that is a process of its own, the built-in synthesizer."""
