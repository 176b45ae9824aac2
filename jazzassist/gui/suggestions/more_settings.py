"""The panel's further settings: density, register, polyphony and motifs, hidden until they are opened."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QToolButton, QVBoxLayout, QWidget

from jazzassist.domain.manner import Manner
from jazzassist.domain.suggestion import Controls

MATCH = "Match surroundings"
Choices = Sequence[tuple[str, float | str | None]]  # text and value; None leaves it to the model
AUTO: tuple[str, None] = ("Auto", None)
DENSITIES: Choices = (  # factors of the seed's density
    AUTO, ("Much sparser", 0.4), ("Sparser", 0.65), (MATCH, 1.0), ("Busier", 1.5), ("Much busier", 2.25),
)  # fmt: skip
REGISTERS: Choices = (  # semitones from the seed's mean pitch
    AUTO, ("Octave lower", -12.0), ("Lower", -6.0), (MATCH, 0.0), ("Higher", 6.0), ("Octave higher", 12.0),
)  # fmt: skip
POLYPHONIES: Choices = (  # notes that start together
    AUTO, ("Single line", 1.0), ("2 notes", 2.0), ("3 notes", 3.0), ("4 notes", 4.0),
)  # fmt: skip
MOTIFS: Choices = (AUTO, ("Repeat", "repeat"), ("Vary", "vary"), ("New", "new"))  # values: MotifWish
DENSITY_LIMITS, REGISTER_LIMITS = (0.05, 24.0), (0.0, 127.0)


class MoreSettings(QWidget):
    """A toggle button and one combo box for each setting. Item data holds the values."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.density = _box("Density", "Note density, relative to what each track plays around the gap", DENSITIES)
        self.register = _box("Register", "Register, relative to what each track plays around the gap", REGISTERS)
        self.polyphony = _box("Polyphony", "Number of notes that start together in each track", POLYPHONIES)
        self.motifs = _box("Motifs", "Repeat, vary or avoid motifs of the bars around the gap", MOTIFS)
        self.toggle = QToolButton()
        self.toggle.setText("More")
        self.toggle.setCheckable(True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setToolTip("Settings for density, register, polyphony and motifs")
        self._rows = QWidget()
        form = QFormLayout(self._rows)
        form.setContentsMargins(0, 0, 0, 0)
        for box in self._boxes:
            form.addRow(box.accessibleName(), box)
            box.currentIndexChanged.connect(self._show_count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.toggle)
        layout.addWidget(self._rows)
        self.toggle.toggled.connect(self._fold)
        self._fold(False)

    def controls(self, adventurous: int, seed: Manner | None) -> Controls:
        """Return the settings as controls. Density and register are relative to the seed and ignored without one."""
        density = register = None
        if seed is not None:
            factor, semitones = self.density.currentData(), self.register.currentData()
            density = None if factor is None else _limited(seed.density * factor, DENSITY_LIMITS)
            register = None if semitones is None else _limited(seed.register + semitones, REGISTER_LIMITS)
        return Controls(adventurous, density, register, self.polyphony.currentData(), motifs=self.motifs.currentData())

    @property
    def _boxes(self) -> tuple[QComboBox, ...]:
        return self.density, self.register, self.polyphony, self.motifs

    def _fold(self, shown: bool) -> None:
        self._rows.setVisible(shown)
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    def _show_count(self) -> None:
        """Show on the button how many settings are not Auto, so that a hidden one is not forgotten."""
        count = sum(box.currentData() is not None for box in self._boxes)
        self.toggle.setText(f"More ({count})" if count else "More")


def _limited(value: float, limits: tuple[float, float]) -> float:
    return min(limits[1], max(limits[0], value))


def _box(name: str, tip: str, choices: Choices) -> QComboBox:
    box = QComboBox()
    for text, value in choices:
        box.addItem(text, value)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box
