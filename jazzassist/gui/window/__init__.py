"""The main window, its actions, messages and dialogs."""
