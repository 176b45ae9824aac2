"""Training and evaluation of networks from the literature, for comparison with ours."""
