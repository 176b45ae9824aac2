"""A polite crawler that collects MIDI files from web pages named by the user."""
