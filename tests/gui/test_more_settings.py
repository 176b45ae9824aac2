"""The panel's further settings: relative to the seed, hidden at first, and counted while they are hidden."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from jazzassist.domain.manner import Manner
from jazzassist.domain.passage import Passage
from jazzassist.domain.suggestion import Controls, MotifWish
from jazzassist.gui.suggestions.more_settings import MoreSettings
from jazzassist.gui.window.main_window import MainWindow
from tests.gui.conftest import BAR, choose

SEED = Manner(density=2.0, register=60.0, polyphony=1.0)


@pytest.fixture
def settings(qtbot: QtBot) -> MoreSettings:
    found = MoreSettings()
    qtbot.addWidget(found)
    found.show()
    return found


def test_nothing_is_wished_at_first(settings: MoreSettings) -> None:
    assert settings.controls(30, SEED) == Controls(30)
    assert not settings.density.isVisible()


def test_density_and_register_are_against_the_seed(settings: MoreSettings) -> None:
    choose(settings.density, 1.5)
    choose(settings.register, -12.0)
    assert settings.controls(50, SEED) == Controls(50, density=3.0, register=48.0)
    assert settings.controls(50, Manner(20.0, 5.0, 1.0)) == Controls(50, density=24.0, register=0.0)


def test_without_a_seed_only_what_stands_alone_is_wished(settings: MoreSettings) -> None:
    choose(settings.density, 0.65)
    choose(settings.polyphony, 3.0)
    assert settings.controls(50, None) == Controls(50, polyphony=3.0)


def test_motifs_are_repeated_varied_or_new(settings: MoreSettings) -> None:
    wishes: tuple[MotifWish | None, ...] = ("repeat", "vary", "new", None)
    for wish in wishes:
        choose(settings.motifs, wish)
        assert settings.controls(50, None) == Controls(50, motifs=wish)
    choose(settings.motifs, "vary")
    assert settings.toggle.text() == "More (1)"


def test_folded_wishes_are_counted(settings: MoreSettings) -> None:
    settings.toggle.setChecked(True)
    assert settings.density.isVisible()
    choose(settings.density, 0.65)
    choose(settings.polyphony, 1.0)
    settings.toggle.setChecked(False)
    assert settings.toggle.text() == "More (2)"
    assert not settings.density.isVisible()


def test_what_is_wished_is_asked_for_against_the_bars_before_the_gap(window: MainWindow) -> None:
    """The trumpet plays two notes a quarter before the gap."""
    choose(window.panel.more.density, 1.5)
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    assert window.session.offer.request is not None
    assert window.session.offer.request.controls.density == pytest.approx(3.0, rel=0.02)
    window.session.set_passage(Passage((1,), 2 * BAR, 4 * BAR))
    window.asking.ask_continuation()
    assert window.session.offer.request.controls.density == pytest.approx(3.0, rel=0.02)


def test_the_texts_of_the_choices_have_no_effect(settings: MoreSettings) -> None:
    for box, value in ((settings.density, 1.5), (settings.register, 12.0), (settings.motifs, "new")):
        for index in range(box.count()):
            box.setItemText(index, f"choix {index}")
        choose(box, value)
    assert settings.controls(50, SEED) == Controls(50, density=3.0, register=72.0, motifs="new")
