"""Wishes in the panel: against the seed, folded away, and never forgotten."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from jazzassist.domain.manner import Manner
from jazzassist.domain.passage import Passage
from jazzassist.domain.suggestion import Controls, MotifWish
from jazzassist.gui.suggestions.wishes import AS_IT_COMES, Wishes
from jazzassist.gui.window.main_window import MainWindow
from tests.gui.conftest import BAR

SEED = Manner(density=2.0, register=60.0, polyphony=1.0)


@pytest.fixture
def wishes(qtbot: QtBot) -> Wishes:
    found = Wishes()
    qtbot.addWidget(found)
    found.show()
    return found


def test_nothing_is_wished_at_first(wishes: Wishes) -> None:
    assert wishes.controls(30, SEED) == Controls(30)
    assert not wishes.density.isVisible()


def test_density_and_register_are_against_the_seed(wishes: Wishes) -> None:
    wishes.density.setCurrentText("Busier")
    wishes.register.setCurrentText("An octave lower")
    assert wishes.controls(50, SEED) == Controls(50, density=3.0, register=48.0)
    assert wishes.controls(50, Manner(20.0, 5.0, 1.0)) == Controls(50, density=24.0, register=0.0)


def test_without_a_seed_only_what_stands_alone_is_wished(wishes: Wishes) -> None:
    wishes.density.setCurrentText("Calmer")
    wishes.polyphony.setCurrentText("Three notes")
    assert wishes.controls(50, None) == Controls(50, polyphony=3.0)


def test_motifs_are_repeated_varied_or_new(wishes: Wishes) -> None:
    wished: tuple[tuple[str, MotifWish | None], ...]
    wished = (("Repeat", "repeat"), ("Vary", "vary"), ("New", "new"), (AS_IT_COMES, None))
    for said, wish in wished:
        wishes.motifs.setCurrentText(said)
        assert wishes.controls(50, None) == Controls(50, motifs=wish)
    wishes.motifs.setCurrentText("Vary")
    assert wishes.toggle.text() == "More (1)"


def test_folded_wishes_are_counted(wishes: Wishes) -> None:
    wishes.toggle.setChecked(True)
    assert wishes.density.isVisible()
    wishes.density.setCurrentText("Calmer")
    wishes.polyphony.setCurrentText("A single line")
    wishes.toggle.setChecked(False)
    assert wishes.toggle.text() == "More (2)"
    assert not wishes.density.isVisible()


def test_what_is_wished_is_asked_for_against_the_bars_before_the_gap(window: MainWindow) -> None:
    """The trumpet plays two notes a quarter before the gap."""
    window.panel.wishes.density.setCurrentText("Busier")
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    assert window.session.offer.request is not None
    assert window.session.offer.request.controls.density == pytest.approx(3.0, rel=0.02)
    window.session.set_passage(Passage((1,), 2 * BAR, 4 * BAR))
    window.asking.ask_continuation()
    assert window.session.offer.request.controls.density == pytest.approx(3.0, rel=0.02)
