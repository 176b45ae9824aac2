"""Making a checkpoint: corpus, data, training, evaluation. Offline: the app opens `literature.suggester` alone."""
