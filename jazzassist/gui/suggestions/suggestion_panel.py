"""The panel at the right: settings for suggestions, and the suggestions as cards."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from jazzassist.domain.neutralise import Disturbance
from jazzassist.domain.suggestion import MOST_ALTERNATIVES, Suggestion, SuggestionRequest
from jazzassist.gui.roll.words import describe_passage
from jazzassist.gui.suggestions.more_settings import MoreSettings
from jazzassist.gui.suggestions.state_sentence import state_sentence
from jazzassist.gui.suggestions.suggestion_card import Card
from jazzassist.gui.tracks.track_row import SWITCHES
from jazzassist.gui.widgets.line_label import LineLabel
from jazzassist.gui.widgets.own_keys import OwnKeys
from jazzassist.gui.widgets.plain import as_shown
from jazzassist.session import Aspect, Session
from jazzassist.suggest.ranking import notes_of

LEAST_WIDTH = 268
LEAST_ANSWERS = 90
PASSAGE_LINES, STATE_LINES = 2, 3  # reserved, so that longer texts do not move other widgets
ALTERNATIVES, BARS = 4, 4
NEW_SEED = -1  # shown as "Random": a new number is drawn for each request


class SuggestionPanel(QWidget):
    """Emits requests as signals and shows the suggestions of the session."""

    bridge_asked = Signal()
    continuation_asked = Signal()
    stopped = Signal()
    dismissed = Signal()
    card_chosen = Signal(int)
    card_heard = Signal(int)
    card_inserted = Signal(int)
    neutral_chosen = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setMinimumWidth(LEAST_WIDTH)
        self.cards: list[Card] = []
        self._request: SuggestionRequest | None = None
        self._current: Card | None = None
        self._busy = False
        self._length_chosen = False
        self._own_keys = OwnKeys(self)
        self._build_asking()
        self._build_settings()
        self._build_answers()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.passage)
        layout.addLayout(self._asking)
        layout.addLayout(self._settings)
        layout.addWidget(self.more)
        layout.addLayout(self._status)
        layout.addWidget(self._answers, 1)
        self._show_state()
        self.set_passage_text("")
        session.observe(lambda changed: self._show_passage(), Aspect.PASSAGE, Aspect.SONG)
        session.observe(self._take_up, Aspect.OFFER, Aspect.WORKER)

    def _build_asking(self) -> None:
        self.passage = LineLabel(PASSAGE_LINES)
        self.bridge, self.continuation = QPushButton("Bridge"), QPushButton("Continue")
        self.bridge.setToolTip("Fill the selected bars and connect both sides (Ctrl+Enter)")
        self.continuation.setToolTip("Continue after the selected bars (Ctrl+Shift+Enter)")
        self.bridge.setProperty("primary", True)
        self.bridge.clicked.connect(self.bridge_asked)
        self.continuation.clicked.connect(self.continuation_asked)
        self._asking = QHBoxLayout()
        self._asking.addWidget(self.bridge, 1)
        self._asking.addWidget(self.continuation, 1)

    def _build_settings(self) -> None:
        self.bars, self.beats = QSpinBox(), QSpinBox()
        self.bars.setRange(0, 32)
        self.bars.setValue(BARS)
        self.bars.setSuffix(" bars")
        self.beats.setRange(0, 15)
        self.beats.setSuffix(" beats")
        self.bars.setAccessibleName("Continuation length in bars")
        self.beats.setAccessibleName("Additional beats of the continuation")
        for box in (self.bars, self.beats):
            box.valueChanged.connect(self._choose_length)
        length = QHBoxLayout()
        length.addWidget(self.bars)
        length.addWidget(self.beats)
        self.adventurous = QSlider(Qt.Orientation.Horizontal)
        self.adventurous.setRange(0, 100)
        self.adventurous.setValue(50)
        self.adventurous.setAccessibleName("Adventurous")
        self.adventurous.setToolTip("0: predictable, 50: as the model learned, 100: surprising")
        self.alternatives = QSpinBox()
        self.alternatives.setRange(1, MOST_ALTERNATIVES)
        self.alternatives.setValue(ALTERNATIVES)
        self.alternatives.setAccessibleName("Number of alternatives")
        self._settings = QFormLayout()
        self._settings.addRow("Continue for", length)
        self._settings.addRow("Adventurous", self.adventurous)
        self._settings.addRow("Alternatives", self.alternatives)
        self._settings.addRow("Random seed", self._build_seed())
        self.more = MoreSettings()

    def _build_seed(self) -> QHBoxLayout:
        self.rng_seed, self.keep_seed = QSpinBox(), QToolButton()
        self.keep_seed.setText("Keep")
        self.keep_seed.setCheckable(True)
        self.keep_seed.setObjectName("switch")
        self.keep_seed.setStyleSheet(SWITCHES)
        self.keep_seed.setMinimumSize(52, 26)
        self.keep_seed.setAccessibleName("Keep the random seed")
        self.rng_seed.setRange(NEW_SEED, 999_999)
        self.rng_seed.setValue(NEW_SEED)
        self.rng_seed.setSpecialValueText("Random")
        self.rng_seed.valueChanged.connect(lambda number: self.keep_seed.setChecked(number != NEW_SEED))
        self.rng_seed.setAccessibleName("Random seed")
        self.keep_seed.setToolTip("The same seed, settings and music give the same notes")
        seed = QHBoxLayout()
        seed.addWidget(self.rng_seed, 1)
        seed.addWidget(self.keep_seed)
        return seed

    def _build_answers(self) -> None:
        self.state = LineLabel(STATE_LINES)
        self.progress = QProgressBar()
        self.progress.setRange(0, 100)
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(6)
        self.progress.setAccessibleName("Progress")
        self.stop = QPushButton("Stop")
        self.stop.clicked.connect(self.stopped)
        self.dismiss = QPushButton("Dismiss")
        self.dismiss.clicked.connect(self.dismissed)
        self.dismiss.setVisible(False)
        place = self.dismiss.sizePolicy()
        place.setRetainSizeWhenHidden(True)
        self.dismiss.setSizePolicy(place)
        below = QGridLayout()  # progress and Stop, or Dismiss instead
        below.addWidget(self.progress, 0, 0)
        below.addWidget(self.stop, 0, 1)
        below.addWidget(self.dismiss, 0, 0, 1, 2)
        below.setColumnStretch(0, 1)
        self._status = QVBoxLayout()
        self._status.addWidget(self.state)
        self._status.addLayout(below)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.addStretch(1)
        self._inside = inside = QWidget()
        inside.setLayout(self._list)
        self._answers = QScrollArea()
        self._answers.setWidgetResizable(True)
        self._answers.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._answers.setWidget(inside)
        self._answers.setAccessibleName("Suggestions")
        self._answers.setMinimumHeight(LEAST_ANSWERS)

    @property
    def kept_seed(self) -> int | None:
        """The random seed to reuse; None for a new one."""
        kept = self.keep_seed.isChecked() and self.rng_seed.value() != NEW_SEED
        return self.rng_seed.value() if kept else None

    def set_passage_text(self, text: str) -> None:
        """Show the description of the passage, or a hint if it is empty."""
        self.passage.setText(text or "Drag in the ruler to select the bars to fill or continue.")

    def _show_passage(self) -> None:
        """Describe the passage and propose its length for continuations, unless the composer has set one."""
        self.set_passage_text(as_shown(describe_passage(self._session)))
        if not self._length_chosen:
            self.bars.blockSignals(True)
            self.bars.setValue(self._bars_selected())
            self.bars.blockSignals(False)

    def _bars_selected(self) -> int:
        """Return the number of bars that the passage touches."""
        passage, meters = self._session.passage, self._session.song.meter_map
        return BARS if passage is None else meters.bar_at(passage.end - 1) - meters.bar_at(passage.start) + 1

    def _choose_length(self) -> None:
        self._length_chosen = True

    def _take_up(self, changed: frozenset[Aspect]) -> None:
        """Show changes of the session."""
        if Aspect.OFFER in changed:
            self._show_offer()
        self._show_state()

    def _show_offer(self) -> None:
        offer = self._session.offer
        if offer.request is None or not offer.suggestions:
            self._clear()
            return
        self._show_suggestions(offer.request, offer.suggestions)
        self._show_disturbances(offer.disturbed)
        for card in self.cards:
            card.set_neutral(offer.neutral)
        self._set_current(-1 if offer.original else offer.index)

    def _show_state(self) -> None:
        state = self._session.worker
        self.state.setText(state_sentence(self._session))
        busy = state == "busy"
        if busy and not self._busy:
            self.progress.setValue(0)
        self._busy = busy
        self.stop.setVisible(busy)
        self.progress.setVisible(busy)
        self.dismiss.setVisible(bool(self.cards) and not busy)
        for button in (self.bridge, self.continuation):
            button.setEnabled(state in ("ready", "loading"))

    def set_progress(self, share: float) -> None:
        """Show the progress, 0 to 1."""
        self.progress.setValue(round(share * 100))

    def _show_suggestions(self, request: SuggestionRequest, suggestions: Sequence[Suggestion]) -> None:
        """Show one card for each suggestion, in this order. Existing cards of the same request are reused."""
        self._show_seed(request.rng_seed)
        known = {card.key: card for card in self.cards} if request is self._request else {}
        self._request = request
        cards = [known.get(notes_of(found)) or self._make_card(found, request) for found in suggestions]
        if cards == self.cards:
            return
        self._inside.setUpdatesEnabled(False)  # paint reordered cards once
        self._arrange(cards)
        self._inside.setUpdatesEnabled(True)

    def _arrange(self, cards: list[Card]) -> None:
        """Show exactly these cards in order. The current card keeps its position on the screen."""
        bar, current = self._answers.verticalScrollBar(), self._current
        place = None if current is None else current.y() - bar.value()
        self._answers.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # keeps the width of the cards
        for card in self.cards:
            if card not in cards:
                self._list.removeWidget(card)
                card.hide()
                card.deleteLater()
        for index, card in enumerate(cards):
            card.set_number(index + 1)
            if self._list.indexOf(card) != index:
                self._list.removeWidget(card)
                self._list.insertWidget(index, card)
                card.show()
        self.cards = cards
        self._order_tabs()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        if current in cards and place is not None:
            bar.setValue(current.y() - place)

    def _make_card(self, suggestion: Suggestion, request: SuggestionRequest) -> Card:
        card = Card(suggestion, request)
        card.chosen.connect(lambda: self.card_chosen.emit(self.cards.index(card)))
        card.heard.connect(lambda: self.card_heard.emit(self.cards.index(card)))
        card.inserted.connect(lambda: self.card_inserted.emit(self.cards.index(card)))
        card.neutral_chosen.connect(self.neutral_chosen)
        self._own_keys.watch(card)
        return card

    def _order_tabs(self) -> None:
        """Make the tab order follow the order of the cards."""
        for before, after in pairwise(stop for card in self.cards for stop in card.stops):
            self.setTabOrder(before, after)

    def _show_disturbances(self, disturbed: Sequence[tuple[Disturbance, ...]]) -> None:
        """Show on each card the disturbances in its gap."""
        for card, found in zip(self.cards, disturbed, strict=True):
            if found and not card.is_disturbed:
                card.show_disturbances(found)
                self._own_keys.watch(card)
        self._order_tabs()

    def _show_seed(self, number: int) -> None:
        self.rng_seed.blockSignals(True)
        self.rng_seed.setValue(number)
        self.rng_seed.blockSignals(False)

    def _set_current(self, index: int) -> None:
        """Mark the card whose notes the roll shows; -1 for none."""
        if self.cards[index : index + 1] == [self._current]:
            return
        for number, card in enumerate(self.cards):
            card.set_current(number == index)
        self._current = self.cards[index] if 0 <= index < len(self.cards) else None
        if self._current is not None:
            self._answers.ensureWidgetVisible(self._current, 0)

    def _clear(self) -> None:
        """Remove all cards."""
        for card in self.cards:
            self._list.removeWidget(card)
            card.deleteLater()
        self._answers.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.cards, self._current, self._request = [], None, None
