"""Making a checkpoint: corpus, data, training, evaluation. Offline: the app imports nothing of it."""
