"""The literature networks as suggesters: the same notes for the same request, in the paper's rhythm."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from jazzassist.domain.suggestion import Controls, NothingToSuggest, SuggestionRequest
from jazzassist.literature.suggester import LiteratureSuggester
from jazzassist.literature.systems import HEARD
from jazzassist.literature.words import OTHER, Vocabulary, name_of
from jazzassist.midi.files import read_song
from jazzassist.neural.checkpoint import CheckpointError
from jazzassist.paths import resources
from jazzassist.suggest.asking import answer
from jazzassist.suggesters import NoSuggester, open_suggester
from jazzassist.training.literature.checkpoint import Loaded, load, save
from jazzassist.training.literature.systems import build
from tests.neural.requests import band, bridge, continuation, never, no_progress

PPQ, BAR = 480, 1920
WORDS = Vocabulary(("0.4.7", "2.5.9", *sorted(name_of(pitch) for pitch in range(50, 80)), OTHER))
CHARACTERS = Vocabulary(tuple(sorted("$[]^,'z0123456789ABCDEFGabcdefg")))
TOPS = Vocabulary(tuple(name_of(pitch) for pitch in range(128)))
VOCABULARIES = {"rokvic2021": WORDS, "mangal2019": WORDS, "agarwal2018": CHARACTERS, "jiang2019": TOPS}


def made(system: str) -> Loaded:
    """A small checkpoint with random weights."""
    torch.manual_seed(2)
    vocabulary = VOCABULARIES[system]
    network = build(system, vocabulary=len(vocabulary), units=8).eval()
    return Loaded(system, network, vocabulary, {"minutes": 1.5})


def go_on(bars: int = 2, track: int = 0, **others: int) -> SuggestionRequest:
    """A continuation of the band's sax after 8 bars."""
    return continuation(band(PPQ), track, 8 * BAR, (8 + bars) * BAR, **others)


@pytest.mark.parametrize("system", HEARD)
def test_a_checkpoint_opens_by_its_folder_and_answers(system: str, tmp_path: Path) -> None:
    save(made(system), tmp_path / system)
    name, suggester = open_suggester(str(tmp_path / system))
    found = answer(suggester, go_on(), no_progress, never)
    assert name == system and 1 <= len(found) <= 4
    for suggestion in found:
        assert suggestion.part.landing.exact and suggestion.receipt.checkpoint == system
    again = answer(open_suggester(str(tmp_path / system))[1], go_on(), no_progress, never)
    assert [suggestion.notes for suggestion in again] == [suggestion.notes for suggestion in found]


@pytest.mark.parametrize("system", HEARD)
def test_what_is_shipped_goes_on_with_the_demo_song(system: str) -> None:
    song = read_song(resources() / "songs" / "blue-lamp.mid").song
    request = continuation(song, 1, 12 * 4 * song.ppq, 16 * 4 * song.ppq)
    name, suggester = open_suggester(system)
    found = answer(suggester, request, no_progress, never)
    assert name == system and found
    assert all(len(suggestion.notes) >= 8 and suggestion.part.landing.exact for suggestion in found)


@pytest.mark.parametrize("system", ["rokvic2021", "mangal2019", "jiang2019"])
def test_each_word_begins_half_a_quarter_after_the_one_before(system: str) -> None:
    request = go_on()
    notes = LiteratureSuggester(made(system).opened()).suggest(request, no_progress, never)[0].notes
    assert sorted(set(notes.start.tolist())) == list(range(8 * BAR, 10 * BAR, PPQ // 2))
    assert set(notes.duration.tolist()) == {PPQ // 2} and len(set(notes.velocity.tolist())) == 1


def test_notation_has_its_own_lengths() -> None:
    notes = LiteratureSuggester(made("agarwal2018").opened()).suggest(go_on(4), no_progress, never)
    assert len({length for suggestion in notes for length in suggestion.notes.duration.tolist()}) > 2


def test_another_random_seed_gives_other_notes_and_the_likeliest_only_one() -> None:
    drawn = LiteratureSuggester(made("rokvic2021").opened())
    first, second = (drawn.suggest(go_on(rng_seed=seed), no_progress, never) for seed in (0, 1))
    assert first[0].notes != second[0].notes and len(first) == 8
    likeliest = LiteratureSuggester(made("rokvic2021").opened(), likeliest=True)
    first, second = (likeliest.suggest(go_on(rng_seed=seed), no_progress, never) for seed in (0, 1))
    assert len(first) == 1 and first[0].notes == second[0].notes


def test_adventurous_changes_what_is_drawn() -> None:
    suggester, request = LiteratureSuggester(made("mangal2019").opened()), go_on()
    safe, wild = (
        suggester.suggest(replace(request, controls=Controls(adventurous=share)), no_progress, never)
        for share in (0, 100)
    )
    assert [found.notes for found in safe] != [found.notes for found in wild]


@pytest.mark.parametrize("system", ["rokvic2021", "mangal2019", "agarwal2018"])
def test_a_network_that_reads_one_side_refuses_a_bridge(system: str) -> None:
    request = bridge(band(PPQ), 0, 4 * BAR, 5 * BAR)
    with pytest.raises(NothingToSuggest, match=f"^{system} cannot read the music after a gap, so"):
        LiteratureSuggester(made(system).opened()).suggest(request, no_progress, never)


def test_who_hears_both_sides_bridges_and_lets_what_follows_count() -> None:
    suggester, song = LiteratureSuggester(made("jiang2019").opened()), band(PPQ)
    request = bridge(song, 0, 4 * BAR, 5 * BAR)
    alone = replace(request, kind="continuation", lines=without_after(request))
    led, left = (suggester.suggest(asked, no_progress, never) for asked in (request, alone))
    assert [found.notes for found in led] != [found.notes for found in left]
    assert all(found.part.landing.interval is not None for found in led)


def without_after(request: SuggestionRequest) -> tuple:  # type: ignore[type-arg]
    line = request.lines[request.target]
    lines = list(request.lines)
    lines[request.target] = replace(line, notes=line.notes.starting_in(0, request.start))
    return tuple(lines)


@pytest.mark.parametrize("system", HEARD)
def test_drums_are_refused(system: str) -> None:
    with pytest.raises(NothingToSuggest, match="drums"):
        LiteratureSuggester(made(system).opened()).suggest(go_on(track=2), no_progress, never)


@pytest.mark.parametrize("system", HEARD)
def test_range_of_the_instrument_is_kept_to(system: str) -> None:
    """A flute with the lowest pitch 60, while words go down to 50 and notation further."""
    song = band(PPQ)
    sax = song.tracks[0]
    high = sax.notes.changed(pitch=sax.notes.pitch % 12 + 62)
    request = continuation(song.with_track(0, replace(sax, notes=high, program=73)), 0, 8 * BAR, 16 * BAR)
    suggester = LiteratureSuggester(made(system).opened())
    for suggestion in answer(suggester, request, no_progress, never):
        assert 60 <= suggestion.notes.pitch.min() <= suggestion.notes.pitch.max() <= 98
    if system != "agarwal2018":  # notation is generated by characters and transposed by octaves at the end
        assert all(found.notes.pitch.min() >= 60 for found in suggester.suggest(request, no_progress, never))


def test_a_cancelled_request_has_no_answer() -> None:
    asked: list[int] = []

    def soon() -> bool:
        asked.append(1)
        return len(asked) > 3

    assert LiteratureSuggester(made("rokvic2021").opened()).suggest(go_on(8), no_progress, soon) == []
    assert len(asked) < 8


def test_a_checkpoint_comes_back_in_half_precision_with_how_it_was_trained(tmp_path: Path) -> None:
    before = made("rokvic2021")
    save(before, tmp_path)
    after = load(tmp_path)
    assert after.vocabulary == before.vocabulary and after.trained == {"minutes": 1.5} and after.name == before.name
    tokens = torch.randint(len(WORDS), (1, 20))
    with torch.no_grad():
        assert torch.allclose(after.network(tokens), before.network(tokens), atol=2e-2)
    assert not after.network.training


@pytest.mark.parametrize(
    ("key", "value"),
    [("system", "bach1722"), ("vocabulary", ["C4"]), ("network", {"vocabulary": 33, "rooms": 2}), ("network", 3)],
)
def test_a_damaged_config_is_refused_in_one_sentence(tmp_path: Path, key: str, value: object) -> None:
    save(made("rokvic2021"), tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(CheckpointError, match=r"^.*config\.json .*\.$"):
        load(tmp_path)
    with pytest.raises(NoSuggester):
        open_suggester(str(tmp_path))


@pytest.mark.parametrize("damage", ["cut", "missing", "other"])
def test_damaged_weights_are_refused_in_one_sentence(tmp_path: Path, damage: str) -> None:
    save(made("rokvic2021"), tmp_path)
    path = tmp_path / "weights.safetensors"
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:200])
    else:
        save(made("mangal2019"), tmp_path / "other")
        path.write_bytes((tmp_path / "other" / "weights.safetensors").read_bytes())
    with pytest.raises(CheckpointError, match=r"^.*weights\.safetensors .*\.$"):
        load(tmp_path)


def test_several_lines_are_written_at_once_and_not_alike() -> None:
    """Two lines of the same notes get different continuations, because their random numbers differ."""
    request = go_on()
    twice = replace(request, lines=(request.lines[0], request.lines[0]), targets=(0, 1))
    for suggestion in LiteratureSuggester(made("mangal2019").opened()).suggest(twice, no_progress, never):
        first, second = suggestion.parts
        assert (first.line, second.line) == (0, 1)
        assert first.landing.exact and second.landing.exact
        assert first.notes != second.notes
