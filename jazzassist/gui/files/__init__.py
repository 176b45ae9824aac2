"""Opening and saving: dialogs, questions, and watching the file of the open song."""
