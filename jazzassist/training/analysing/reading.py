"""One file as music21 reads it, reduced to counts before anything else is read.

Imports music21, so it is loaded by the processes that read and by nobody else.
"""

from __future__ import annotations

import gc
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from music21 import chord, converter, exceptions21, harmony, instrument, percussion
from music21.midi import percussion as midi_percussion
from music21.midi import translate

from jazzassist.domain.instruments import instrument_name
from jazzassist.training.analysing.divisions import division_of
from jazzassist.training.analysing.facts import Facts, PartFacts

MIDI = (".mid", ".midi")
USUAL_BPM = 120.0  # where a file names no tempo (Standard MIDI Files 1.0)
VOICE, ACOUSTIC_BASS = 53, 32  # General MIDI programs
UNNAMED = "(no name)"


_MAPPER: Any = midi_percussion.PercussionMapper()
_PIECE: Any = instrument.UnpitchedPercussion


class _Kit:
    """Knows the pitch of every piece of the kit; music21 forgets that of those it has no name for, rides among them."""

    def midiPitchToInstrument(self, pitch: Any) -> Any:
        try:
            return _MAPPER.midiPitchToInstrument(pitch)
        except midi_percussion.MIDIPercussionException:
            piece = _PIECE()
            piece.percMapPitch = int(getattr(pitch, "midi", pitch))
            return piece


translate.PERCUSSION_MAPPER = _Kit()  # type: ignore[assignment, unused-ignore]


class Unreadable(Exception):
    """A file holds nothing to count; the message says why."""


def read_facts(path: Path) -> Facts:
    """The counts of one file; Unreadable, or whatever music21 raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            form = "midi" if path.suffix.lower() in MIDI else None
            # Without forceSource and storePickle music21 would fill the disk with, and read, pickles of its own.
            return _facts(converter.parse(path, format=form, forceSource=True, storePickle=False))
    finally:
        gc.collect()  # music21's streams point at each other, so that only this frees them


def _facts(score: Any) -> Facts:
    parts = list(score.parts) or [score]
    read = [(part, _part_facts(part)) for part in parts]
    kept = [facts for _, facts in read if facts is not None]
    if not kept:
        raise Unreadable("has no notes")
    flat = score.flatten()
    quarters = max(float(note.offset + note.quarterLength) for note in flat.notes)
    tempi = [
        (float(mark.offset), float(mark.getQuarterBPM() or USUAL_BPM))
        for mark in flat.getElementsByClass("MetronomeMark")
    ]
    meters = {str(meter.ratioString) for meter in score.recurse().getElementsByClass("TimeSignature")}
    signatures = {_key_name(key) for key in score.recurse().getElementsByClass("KeySignature")}
    for part, facts in read:
        if facts is None or facts.division == "drums":
            score.remove(part)  # a drum's pitch names a piece of the kit and would be heard as a key
    return Facts(kept, quarters, seconds_of(quarters, tempi), sorted(meters), sorted(signatures), _heard_key(score))


def seconds_of(quarters: float, tempi: list[tuple[float, float]]) -> float:
    """Length in seconds of so many quarter notes under (quarter, bpm) changes; of several at a place the last."""
    changes = sorted(({0.0: USUAL_BPM} | dict(tempi)).items())
    ends = [at for at, _ in changes[1:]] + [quarters]
    return sum(
        max(0.0, min(end, quarters) - at) * 60 / bpm for (at, bpm), end in zip(changes, ends, strict=True) if bpm > 0
    )


def _part_facts(part: Any) -> PartFacts | None:
    """The counts of a part; None without notes."""
    notes: Counter[str] = Counter()
    chords: Counter[str] = Counter()
    hits = 0
    for element in part.recurse().notes:
        if isinstance(element, harmony.Harmony) or (element.tie and element.tie.type in ("stop", "continue")):
            continue  # a chord symbol is not played; a tied note has been counted
        if isinstance(element, percussion.PercussionChord):
            chords["+".join(sorted({_drum(hit) for hit in element.notes}))] += 1
            hits += 1
        elif isinstance(element, chord.Chord):
            chords[_chord_name(frozenset(pitch.pitchClass for pitch in element.pitches))] += 1
        elif element.isNote:
            notes[_pitch_name(element.pitch.midi)] += 1
        else:
            notes[_drum(element)] += 1
            hits += 1
    if not notes and not chords:
        return None
    drums = 2 * hits > notes.total() + chords.total()
    instruments = list(part.recurse().getElementsByClass("Instrument"))
    names = [str(found.partName) for found in instruments if found.partName] + [str(part.partName or "")]
    name = names[0].strip() or UNNAMED
    program = _program(instruments, name)
    return PartFacts(division_of(program, drums=drums), instrument_name(program, drums=drums), name, notes, chords)


def _program(instruments: list[Any], name: str) -> int:
    """The General MIDI program (0-127) of a part's last program change; without any, what its name makes it."""
    if not instruments:
        return 0
    program = instruments[-1].midiProgram or 0
    if program == 0:  # music21 gives it to every instrument that it knows by a track's name alone
        program = type(instruments[-1])().midiProgram or 0
        program = ACOUSTIC_BASS if program == VOICE and "bass" in name.lower() else program
    return int(program)


@cache
def _chord_name(classes: frozenset[int]) -> str:
    """Pitch classes in normal order, `0.4.7` for any C major: the word that the literature's networks have for it."""
    return ".".join(str(number) for number in chord.Chord(sorted(classes)).normalOrder)


@cache
def _pitch_name(midi: int) -> str:
    """`C4` for 60; black keys as sharps, since a MIDI file does not say which they are."""
    names = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return f"{names[midi % 12]}{midi // 12 - 1}"


def _drum(hit: Any) -> str:
    """A piece of the kit by music21's name and the MIDI pitch."""
    played = getattr(hit, "storedInstrument", None)
    pitch = getattr(played, "percMapPitch", None)
    name = getattr(played, "instrumentName", None) or "drum"
    return f"{name} {pitch}" if pitch is not None else str(name)


def _key_name(signature: Any) -> str:
    """`B- major`, or `2 flats` where only a signature stands."""
    if hasattr(signature, "mode") and hasattr(signature, "tonic"):
        return str(signature)
    sharps = signature.sharps
    return f"{abs(sharps)} {'sharp' if sharps > 0 else 'flat'}{'' if abs(sharps) == 1 else 's'}"


def _heard_key(score: Any) -> str:
    """The key that music21 hears (Krumhansl and Schmuckler); empty where nothing pitched is played."""
    try:
        return str(score.analyze("key"))
    except (exceptions21.Music21Exception, ValueError, IndexError, ZeroDivisionError, AttributeError):
        return ""
