"""MIDI files gathered from web pages that the user names, politely."""
