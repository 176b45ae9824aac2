"""The system of the paper and three that it names, each under its own name, to hear beside ours and to measure."""
