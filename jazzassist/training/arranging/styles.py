"""Rhythms of the arranger's styles, bar by bar, in quarters. Swung eighths are notated as straight ones (0.5)."""

from __future__ import annotations

from dataclasses import dataclass

Hits = tuple[tuple[float, float], ...]  # (position, length) in quarters
Beats = tuple[tuple[float, int, int], ...]  # (position in quarters, pitch of the drum, velocity)

KICK, RIM, SNARE, HAT, PEDAL_HAT, OPEN_HAT, RIDE, RIDE_BELL = 36, 37, 38, 42, 44, 46, 51, 53


@dataclass(frozen=True)
class Style:
    """The patterns of a band for bars of `quarters` quarters.

    `swing`: whether eighths are swung. `tempo`: range in quarters per minute. `comping`: bars of the right hand, with
    the left hand in the same rhythm. `left`: bars of an independent left hand, if any. `bass`: bars of the bass; None
    for a walking bass, empty for no bass. `drums`: bars of the drum kit.
    """

    name: str
    quarters: int
    swing: bool
    tempo: tuple[float, float]
    comping: tuple[Hits, ...]
    bass: tuple[Hits, ...] | None
    drums: tuple[Beats, ...] = ()
    left: tuple[Hits, ...] = ()


def _kit(*parts: tuple[int, int, tuple[float, ...]]) -> Beats:
    return tuple(sorted((place, key, velocity) for key, velocity, places in parts for place in places))


_RIDE = (RIDE, 84, (0.0, 1.0, 1.5, 2.0, 3.0, 3.5))
_HATS = (PEDAL_HAT, 62, (1.0, 3.0))
_SWING_KIT = (
    _kit(_RIDE, _HATS, (KICK, 38, (0.0, 1.0, 2.0, 3.0))),
    _kit(_RIDE, _HATS, (SNARE, 46, (1.5,)), (KICK, 40, (0.0, 2.0))),
    _kit((RIDE, 84, (0.0, 1.0, 2.0, 2.5, 3.0)), _HATS, (SNARE, 58, (0.5, 2.5)), (KICK, 62, (3.5,))),
    _kit(_RIDE, _HATS, (SNARE, 40, (2.5, 3.5)), (KICK, 66, (1.5,))),
    _kit((RIDE, 80, (0.0, 1.0, 2.0, 3.0)), _HATS),
)
_SWING_COMPING: tuple[Hits, ...] = (
    ((0.0, 1.4), (1.5, 0.4)),
    ((0.5, 0.4), (2.5, 0.5)),
    ((1.5, 0.4), (3.5, 0.4)),
    ((0.0, 3.5),),
    ((1.0, 0.4), (2.5, 1.3)),
    ((0.0, 0.4), (1.0, 0.4), (2.5, 0.4)),
    ((3.5, 0.4),),
    (),
)
_BALLAD_COMPING: tuple[Hits, ...] = (
    ((0.0, 1.9), (2.0, 1.9)),
    ((0.0, 3.8),),
    ((0.0, 1.0), (1.5, 2.2)),
    ((0.0, 0.9), (1.0, 0.9), (2.0, 1.9)),
)
_BROKEN: tuple[Hits, ...] = (
    tuple((at / 2, 0.6) for at in range(8)),
    ((0.0, 1.0), (1.0, 0.9), (2.0, 1.0), (3.0, 0.9)),
    ((0.0, 1.5), (1.5, 0.5), (2.0, 1.5), (3.5, 0.5)),
)
_BOSSA_KIT = (
    _kit((HAT, 56, tuple(at / 2 for at in range(8))), (KICK, 70, (0.0, 1.5, 2.0, 3.5)), (RIM, 64, (0.0, 1.5, 3.0))),
    _kit((HAT, 56, tuple(at / 2 for at in range(8))), (KICK, 70, (0.0, 1.5, 2.0, 3.5)), (RIM, 64, (1.0, 2.5))),
)
_BOSSA_BASS: tuple[Hits, ...] = (((0.0, 1.4), (1.5, 0.4), (2.0, 1.4), (3.5, 0.4)), ((0.0, 1.5), (2.0, 1.5)))
_WALTZ_KIT = (
    _kit((RIDE, 82, (0.0, 1.0, 1.5, 2.0)), (PEDAL_HAT, 60, (1.0,)), (KICK, 44, (0.0,))),
    _kit((RIDE, 82, (0.0, 1.0, 2.0, 2.5)), (PEDAL_HAT, 60, (1.0, 2.0)), (SNARE, 44, (1.5,))),
)
_FIVE_KIT = (
    _kit((RIDE, 82, (0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 4.5)), (PEDAL_HAT, 60, (1.0, 3.0)), (KICK, 46, (0.0, 3.0))),
    _kit((RIDE, 82, (0.0, 1.0, 2.0, 2.5, 3.0, 4.0)), (PEDAL_HAT, 60, (2.0, 4.0)), (SNARE, 50, (2.5,))),
)
_FUNK_KIT = (
    _kit((HAT, 64, tuple(at / 2 for at in range(8))), (SNARE, 96, (1.0, 3.0)), (KICK, 88, (0.0, 2.25, 2.5))),
    _kit((HAT, 64, tuple(at / 4 for at in range(16))), (SNARE, 96, (1.0, 3.0)), (KICK, 88, (0.0, 0.75, 2.5))),
)

STYLES: tuple[Style, ...] = (
    Style("swing", 4, True, (110, 280), _SWING_COMPING, None, _SWING_KIT),
    Style(
        "two-feel",
        4,
        True,
        (90, 200),
        _SWING_COMPING,
        (((0.0, 1.8), (2.0, 1.8)), ((0.0, 1.8), (2.0, 1.3), (3.5, 0.4))),
        _SWING_KIT,
    ),
    Style(
        "ballad",
        4,
        True,
        (50, 80),
        _BALLAD_COMPING,
        (((0.0, 1.9), (2.0, 1.9)), ((0.0, 3.8),)),
        (_kit((SNARE, 34, (0.0, 1.0, 2.0, 3.0)), _HATS),),
    ),
    Style(
        "bossa",
        4,
        False,
        (110, 160),
        (
            ((0.0, 0.9), (1.5, 0.9), (3.0, 0.9)),
            ((0.5, 0.4), (1.5, 1.4), (3.5, 0.4)),
            ((0.0, 0.4), (1.0, 0.4), (2.5, 1.4)),
        ),
        _BOSSA_BASS,
        _BOSSA_KIT,
    ),
    Style(
        "funk",
        4,
        False,
        (84, 116),
        (((0.5, 0.2), (1.75, 0.2), (2.5, 0.7)), ((0.0, 0.2), (0.75, 0.2), (3.5, 0.4))),
        (((0.0, 0.7), (0.75, 0.2), (2.0, 0.4), (2.5, 0.4), (3.75, 0.2)), ((0.0, 0.9), (1.5, 0.4), (2.5, 0.9))),
        _FUNK_KIT,
    ),
    Style("stride", 4, True, (100, 200), _SWING_COMPING, (), left=(((0.0, 0.8), (1.0, 0.6), (2.0, 0.8), (3.0, 0.6)),)),
    Style("solo ballad", 4, False, (50, 84), _BALLAD_COMPING, (), left=_BROKEN),
    Style(
        "jazz waltz",
        3,
        True,
        (100, 200),
        (((0.0, 1.4), (1.5, 0.4)), ((1.0, 0.9), (2.0, 0.9)), ((0.5, 0.4), (1.5, 1.0)), ((0.0, 2.7),), ()),
        None,
        _WALTZ_KIT,
    ),
    Style(
        "solo waltz",
        3,
        False,
        (84, 160),
        (((0.0, 2.8),), ((0.0, 0.9), (1.0, 1.8)), ((1.0, 0.8), (2.0, 0.8))),
        (),
        left=(((0.0, 0.9), (1.0, 0.8), (2.0, 0.8)), tuple((at / 2, 0.6) for at in range(6))),
    ),
    Style(
        "five",
        5,
        True,
        (120, 190),
        (((0.0, 1.4), (1.5, 1.0), (3.0, 0.9)), ((0.0, 2.7), (3.0, 1.8)), ((1.5, 0.9), (4.0, 0.4))),
        None,
        _FIVE_KIT,
    ),
)
