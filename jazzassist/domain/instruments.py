"""Names of the General MIDI instruments (MMA RP-003), by program number, and their sounding ranges."""

from __future__ import annotations

_FAMILIES = (
    (
        "Acoustic Grand Piano, Bright Acoustic Piano, Electric Grand Piano, Honky-tonk Piano, "
        "Electric Piano 1, Electric Piano 2, Harpsichord, Clavinet"
    ),
    "Celesta, Glockenspiel, Music Box, Vibraphone, Marimba, Xylophone, Tubular Bells, Dulcimer",
    "Drawbar Organ, Percussive Organ, Rock Organ, Church Organ, Reed Organ, Accordion, Harmonica, Tango Accordion",
    (
        "Nylon-string Guitar, Steel-string Guitar, Jazz Guitar, Clean Electric Guitar, "
        "Muted Electric Guitar, Overdriven Guitar, Distortion Guitar, Guitar Harmonics"
    ),
    "Acoustic Bass, Fingered Bass, Picked Bass, Fretless Bass, Slap Bass 1, Slap Bass 2, Synth Bass 1, Synth Bass 2",
    "Violin, Viola, Cello, Contrabass, Tremolo Strings, Pizzicato Strings, Orchestral Harp, Timpani",
    (
        "String Ensemble 1, String Ensemble 2, Synth Strings 1, Synth Strings 2, "
        "Choir Aahs, Voice Oohs, Synth Voice, Orchestra Hit"
    ),
    "Trumpet, Trombone, Tuba, Muted Trumpet, French Horn, Brass Section, Synth Brass 1, Synth Brass 2",
    "Soprano Sax, Alto Sax, Tenor Sax, Baritone Sax, Oboe, English Horn, Bassoon, Clarinet",
    "Piccolo, Flute, Recorder, Pan Flute, Blown Bottle, Shakuhachi, Whistle, Ocarina",
    "Square Lead, Sawtooth Lead, Calliope Lead, Chiff Lead, Charang Lead, Voice Lead, Fifths Lead, Bass and Lead",
    "New Age Pad, Warm Pad, Polysynth Pad, Choir Pad, Bowed Pad, Metallic Pad, Halo Pad, Sweep Pad",
    "Rain, Soundtrack, Crystal, Atmosphere, Brightness, Goblins, Echoes, Sci-fi",
    "Sitar, Banjo, Shamisen, Koto, Kalimba, Bagpipe, Fiddle, Shanai",
    "Tinkle Bell, Agogo, Steel Drums, Woodblock, Taiko Drum, Melodic Tom, Synth Drum, Reverse Cymbal",
    "Guitar Fret Noise, Breath Noise, Seashore, Bird Tweet, Telephone Ring, Helicopter, Applause, Gunshot",
)
INSTRUMENTS: tuple[str, ...] = tuple(name for family in _FAMILIES for name in family.split(", "))
DRUMS = "Drums"


def instrument_name(program: int, *, drums: bool = False) -> str:
    """Return the name of a General MIDI program (0-127), or DRUMS if `drums` is true."""
    return DRUMS if drums else INSTRUMENTS[program]


EVERY_KEY = (0, 127)

# Sounding ranges of real instruments as MIDI pitches, by program number from 0. From the tables of Abjad 3.19
# (abjad/instruments.py), widened where players usually exceed it: the fingerboards of steel-string and electric
# guitars and of the electric bass (20 and 24 frets, EADG from 28), the French harpsichord (F1 to F6), a five-octave
# marimba, the recorders from alto to soprano, the cello. Choirs range from bass to soprano voice, sections from
# their lowest to their highest instrument. The lowest note of the contrabass is its open E string.
# Synthesizers, effects and instruments without a usual range are not listed: they have every key.
_RANGES: dict[tuple[int, ...], tuple[int, int]] = {
    (0, 1, 2, 3, 4, 5): (21, 108),
    (6,): (29, 96),
    (8, 9): (60, 108),
    (11,): (53, 89),
    (12,): (36, 96),
    (13,): (60, 108),
    (21, 23): (28, 108),
    (24, 25): (40, 84),
    (26, 27, 28, 29, 30): (40, 88),
    (32, 33, 34, 35, 36, 37): (28, 67),
    (40, 110): (55, 103),
    (41,): (48, 88),
    (42,): (36, 81),
    (43,): (28, 67),
    (44, 45, 48, 49): (28, 103),
    (46,): (23, 104),
    (52, 53): (40, 88),
    (56, 59): (54, 86),
    (57,): (40, 75),
    (58,): (26, 65),
    (60,): (35, 77),
    (61,): (26, 86),
    (64,): (56, 88),
    (65,): (49, 81),
    (66,): (44, 76),
    (67,): (36, 68),
    (68,): (58, 93),
    (69,): (52, 84),
    (70,): (34, 75),
    (71,): (50, 94),
    (72,): (74, 108),
    (73,): (60, 98),
    (74,): (65, 98),
}
_RANGE_OF = {program: keys for programs, keys in _RANGES.items() for program in programs}


def sounding_range(program: int) -> tuple[int, int]:
    """Return the lowest and highest MIDI pitch of a General MIDI program (0-127), or EVERY_KEY."""
    return _RANGE_OF.get(program, EVERY_KEY)
