"""The network: notes to steps and back, the LSTM, its checkpoints, and the suggester that plays it."""
