"""The window. The only package that imports PySide6; it knows no network and no file format."""
