"""The definition of the network in PyTorch, its checkpoints, and its export for programs without PyTorch."""
