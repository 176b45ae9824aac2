"""Suggestions: panel, cards, and the client of the worker process."""
