"""Who may import whom. pytest-archon prints the chain of imports that breaks a rule."""

from __future__ import annotations

from pytest_archon import archrule

ROOMS = ("domain", "beats", "harmony", "midi", "playback", "neural", "suggest", "training", "gui")
WORKER, PLAYER = "jazzassist.suggest.worker", "jazzassist.playback.player"
# The places that put rooms together: the terminal, and the one function that opens a checkpoint.
TERMINAL = ("jazzassist.cli", "jazzassist.__main__", "jazzassist.terminal*")
OPENER = "jazzassist.suggesters"
# The networks of the papers, which the opener takes too.
PAPERS = "jazzassist.training.literature"


def room(name: str) -> str:
    return f"jazzassist.{name}.*"


def test_the_domain_imports_no_other_room_and_no_library_but_numpy() -> None:
    rule = archrule("domain is pure").match(room("domain"))
    others = [room(name) for name in ROOMS if name != "domain"]
    libraries = ["PySide6*", "torch*", "music21*", "mido*", "rtmidi*", "miniaudio*", "symusic*", "platformdirs*"]
    rule.should_not_import(*others, *libraries).check("jazzassist")


def test_only_the_gui_imports_qt() -> None:
    rule = archrule("Qt stays in gui").match("jazzassist*").exclude(room("gui"), *TERMINAL)
    rule.should_not_import("PySide6*", "shiboken6*").check("jazzassist")


def test_only_the_network_and_training_import_torch() -> None:
    rule = archrule("torch stays with the network").match("jazzassist*")
    rule = rule.exclude(room("neural"), room("training"), WORKER, OPENER, *TERMINAL)
    rule.should_not_import("torch*").check("jazzassist")


def test_the_window_knows_no_network_and_no_analysis() -> None:
    rule = archrule("the window asks a worker").match(room("gui"))
    rule.should_not_import("torch*", "music21*", room("neural"), room("training")).check("jazzassist")


def test_midi_playback_neural_and_suggest_do_not_know_each_other() -> None:
    rooms = {"midi", "playback", "neural", "suggest"}
    for name in sorted(rooms):
        rule = archrule(f"{name} stands alone").match(room(name)).exclude(WORKER, PLAYER)
        if name == "playback":  # the player's process opens ports; its output module is a part of it
            parts = ("outputs", "transport", "silencer")
            rule = rule.exclude(*(f"jazzassist.playback.{part}" for part in parts))
        others = [room(other) for other in sorted(rooms - {name})]
        rule.should_not_import(*others, room("gui"), room("training")).check("jazzassist", only_direct_imports=True)


def test_harmony_knows_the_domain_alone() -> None:
    rule = archrule("harmony is analysis").match(room("harmony"))
    others = [room(name) for name in ROOMS if name not in ("domain", "harmony")]
    rule.should_not_import(*others, "torch*", "PySide6*").check("jazzassist")


def test_beats_know_the_domain_alone() -> None:
    rule = archrule("beats are analysis").match(room("beats"))
    others = [room(name) for name in ROOMS if name not in ("domain", "beats")]
    rule.should_not_import(*others, "torch*", "PySide6*").check("jazzassist")


def test_training_is_imported_by_the_command_line_and_the_opener_alone() -> None:
    rule = archrule("training is offline").match("jazzassist*")
    rule = rule.exclude(room("training"), *TERMINAL, OPENER, WORKER)
    rule.should_not_import(room("training")).check("jazzassist")


def test_the_networks_of_the_papers_open_without_what_training_needs() -> None:
    """The opener takes them through one door, and behind it is nothing that the app alone does not have."""
    extra = ("rich*", "symusic*", "matplotlib*", "scipy*", "jazzassist.midi*", "jazzassist.gui*")
    rule = archrule("the papers' networks need no extra").match(OPENER, WORKER, f"{PAPERS}.suggester")
    rule.should_not_import(*extra, room("training")).may_import(f"{PAPERS}*").check("jazzassist")


def test_the_worker_and_the_player_are_started_by_name_not_imported() -> None:
    rule = archrule("processes are started").match("jazzassist*").exclude(WORKER, PLAYER)
    rule.should_not_import(WORKER, PLAYER).check("jazzassist")
