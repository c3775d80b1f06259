"""What the self-checks of each notebook look for."""
