"""What a composer can wish of suggestions beside how adventurous they are, folded away until it is wanted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QToolButton, QVBoxLayout, QWidget

from jazzassist.domain.manner import Manner
from jazzassist.domain.suggestion import Controls, MotifWish

AS_IT_COMES = "As it comes"
DENSITIES = {"Much calmer": 0.4, "Calmer": 0.65, "Like the seed": 1.0, "Busier": 1.5, "Much busier": 2.25}  # times
REGISTERS = {"An octave lower": -12, "Lower": -6, "Like the seed": 0, "Higher": 6, "An octave higher": 12}  # semitones
POLYPHONIES = {"A single line": 1.0, "Two notes": 2.0, "Three notes": 3.0, "Four notes": 4.0}  # that begin together
MOTIFS: dict[str, MotifWish] = {"Repeat": "repeat", "Vary": "vary", "New": "new"}
MOST_DENSE = 24.0


class Wishes(QWidget):
    """Density, register, polyphony and motifs, each against the seed's own or left to the network."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.density = _box("Density", "How many notes, against what each track plays around the gap", list(DENSITIES))
        self.register = _box("Register", "How high, against what each track plays around the gap", list(REGISTERS))
        self.polyphony = _box("Together", "How many notes begin together in each track", list(POLYPHONIES))
        self.motifs = _box(
            "Motifs", "Whether to repeat bars around the gap, to vary them, or to avoid them", list(MOTIFS)
        )
        self.toggle = QToolButton()
        self.toggle.setText("More")
        self.toggle.setCheckable(True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setToolTip("Wishes for density, register, notes at once and motifs")
        self._rows = QWidget()
        form = QFormLayout(self._rows)
        form.setContentsMargins(0, 0, 0, 0)
        for box in self._boxes:
            form.addRow(box.accessibleName(), box)
            box.currentIndexChanged.connect(self._name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.toggle)
        layout.addWidget(self._rows)
        self.toggle.toggled.connect(self._fold)
        self._fold(False)

    def controls(self, adventurous: int, seed: Manner | None) -> Controls:
        """The wishes as numbers; those against the seed need one and are otherwise left to the network."""
        density = register = None
        if seed is not None:
            times, steps = DENSITIES.get(self.density.currentText()), REGISTERS.get(self.register.currentText())
            density = None if times is None else min(MOST_DENSE, max(0.05, seed.density * times))
            register = None if steps is None else min(127.0, max(0.0, seed.register + steps))
        polyphony, motifs = POLYPHONIES.get(self.polyphony.currentText()), MOTIFS.get(self.motifs.currentText())
        return Controls(adventurous, density, register, polyphony, motifs=motifs)

    @property
    def _boxes(self) -> tuple[QComboBox, ...]:
        return self.density, self.register, self.polyphony, self.motifs

    def _fold(self, shown: bool) -> None:
        self._rows.setVisible(shown)
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    def _name(self) -> None:
        """Says on the fold how many wishes there are, so that a hidden one is not forgotten."""
        count = sum(box.currentIndex() > 0 for box in self._boxes)
        self.toggle.setText(f"More ({count})" if count else "More")


def _box(name: str, tip: str, choices: list[str]) -> QComboBox:
    box = QComboBox()
    box.addItems([AS_IT_COMES, *choices])
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box
