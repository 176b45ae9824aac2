"""What a composer talks about. Pure: the standard library and numpy only."""
