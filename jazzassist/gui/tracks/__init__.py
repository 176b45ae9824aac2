"""The list of tracks."""
