"""A strip above the roll for what the composer should know: repairs, a lost output, a first hint."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QPushButton, QWidget


class Banner(QFrame):
    """Hidden until something is told; never in the way of work."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.details_button = QPushButton("Details", self)
        self.close_button = QPushButton("Close", self)
        self.close_button.setAccessibleName("Close this message")
        self._details = ""
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 7, 10, 7)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.details_button)
        layout.addWidget(self.close_button)
        self.close_button.clicked.connect(self.hide)
        self.details_button.clicked.connect(self._show_details)
        self.hide()

    def tell(self, sentence: str, details: str = "") -> None:
        """Shows one sentence, with more behind a button where there is more."""
        self._details = details
        self.text.setText(sentence)
        self.details_button.setVisible(bool(details))
        self.show()

    def tell_repairs(self, name: str, warnings: tuple[str, ...], damaged: bool) -> None:
        """Says what was odd about a file that was opened, and what that means for saving."""
        if damaged:
            head = f"{name} is damaged and was repaired as it was read; saving asks for another name."
        else:
            head = f"{name} has {len(warnings)} oddit{'y' if len(warnings) == 1 else 'ies'}, kept as they are."
        self.tell(head, "\n".join(warnings))

    def _show_details(self) -> None:
        QMessageBox.information(self, "JazzAssist", self._details)
