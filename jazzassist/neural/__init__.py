"""Suggesting with a trained network: notes to steps and back, its exported graphs, and the suggester that runs them."""
