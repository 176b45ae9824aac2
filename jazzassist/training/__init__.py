"""Making a checkpoint: corpus, data, training, evaluation. Offline; no other package imports it."""
