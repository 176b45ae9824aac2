"""Statistics of one file, read by music21.

This module imports music21, so only the reader processes import it.
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
USUAL_BPM = 120.0  # default tempo (Standard MIDI Files 1.0)
VOICE, ACOUSTIC_BASS = 53, 32  # General MIDI programs
UNNAMED = "(no name)"


_MAPPER: Any = midi_percussion.PercussionMapper()
_PIECE: Any = instrument.UnpitchedPercussion


class _Kit:
    """Keeps the pitch of every drum. music21 drops the pitch of drums that it has no name for, such as rides."""

    def midiPitchToInstrument(self, pitch: Any) -> Any:
        try:
            return _MAPPER.midiPitchToInstrument(pitch)
        except midi_percussion.MIDIPercussionException:
            piece = _PIECE()
            piece.percMapPitch = int(getattr(pitch, "midi", pitch))
            return piece


translate.PERCUSSION_MAPPER = _Kit()  # type: ignore[assignment, unused-ignore]


class Unreadable(Exception):
    """A file cannot be counted. The message is the reason."""


def read_facts(path: Path) -> Facts:
    """Return the counts of one file. Raises Unreadable, or any exception of music21."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            form = "midi" if path.suffix.lower() in MIDI else None
            # By default, music21 would write pickles to disk and read them instead of the files.
            return _facts(converter.parse(path, format=form, forceSource=True, storePickle=False))
    finally:
        gc.collect()  # streams of music21 contain reference cycles


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
            score.remove(part)  # pitches of drums must not affect the key
    return Facts(kept, quarters, seconds_of(quarters, tempi), sorted(meters), sorted(signatures), _heard_key(score))


def seconds_of(quarters: float, tempi: list[tuple[float, float]]) -> float:
    """Return the duration in seconds of a number of quarters. `tempi`: (quarter, bpm); the last at a place counts."""
    changes = sorted(({0.0: USUAL_BPM} | dict(tempi)).items())
    ends = [at for at, _ in changes[1:]] + [quarters]
    return sum(
        max(0.0, min(end, quarters) - at) * 60 / bpm for (at, bpm), end in zip(changes, ends, strict=True) if bpm > 0
    )


def _part_facts(part: Any) -> PartFacts | None:
    """Return the counts of a part, None if it has no notes."""
    notes: Counter[str] = Counter()
    chords: Counter[str] = Counter()
    hits = 0
    for element in part.recurse().notes:
        if isinstance(element, harmony.Harmony) or (element.tie and element.tie.type in ("stop", "continue")):
            continue  # chord symbols are not played; tied notes are already counted
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
    """Return the General MIDI program (0-127) of a part's last program change, or else the one implied by its name."""
    if not instruments:
        return 0
    program = instruments[-1].midiProgram or 0
    if program == 0:  # music21's default for instruments that it only knows by the track name
        program = type(instruments[-1])().midiProgram or 0
        program = ACOUSTIC_BASS if program == VOICE and "bass" in name.lower() else program
    return int(program)


@cache
def _chord_name(classes: frozenset[int]) -> str:
    """Return pitch classes in normal order, such as `0.4.7` for C major, as the literature networks do."""
    return ".".join(str(number) for number in chord.Chord(sorted(classes)).normalOrder)


@cache
def _pitch_name(midi: int) -> str:
    """Return the name of a pitch, `C4` for 60. Black keys are sharps, because MIDI files do not store the spelling."""
    names = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return f"{names[midi % 12]}{midi // 12 - 1}"


def _drum(hit: Any) -> str:
    """Return a drum by music21's name and its MIDI pitch."""
    played = getattr(hit, "storedInstrument", None)
    pitch = getattr(played, "percMapPitch", None)
    name = getattr(played, "instrumentName", None) or "drum"
    return f"{name} {pitch}" if pitch is not None else str(name)


def _key_name(signature: Any) -> str:
    """Return `B- major`, or `2 flats` if the file only has a signature."""
    if hasattr(signature, "mode") and hasattr(signature, "tonic"):
        return str(signature)
    sharps = signature.sharps
    return f"{abs(sharps)} {'sharp' if sharps > 0 else 'flat'}{'' if abs(sharps) == 1 else 's'}"


def _heard_key(score: Any) -> str:
    """Return the key detected by music21 (Krumhansl and Schmuckler), "" without pitched notes."""
    try:
        return str(score.analyze("key"))
    except (exceptions21.Music21Exception, ValueError, IndexError, ZeroDivisionError, AttributeError):
        return ""
