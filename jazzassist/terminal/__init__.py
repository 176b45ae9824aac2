"""What each command of the terminal does. Nothing here imports more than its own command needs."""
