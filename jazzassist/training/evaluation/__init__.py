"""How good suggestions are on held-out music: tasks, rivals, metrics, tables. Started by `jazzassist evaluate`."""
