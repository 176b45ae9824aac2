"""The transport bar and the actions of the menu Play."""
