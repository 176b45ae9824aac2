"""Asking for suggestions and showing them: panel, cards, and the process that answers."""
