"""Asking for suggestions: the protocol, the worker process, ranking, and a suggester without a network."""
