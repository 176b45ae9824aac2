"""The demo song and its empty bars."""

from __future__ import annotations

from jazzassist.domain.song import Song
from jazzassist.paths import resources

DEMO = resources() / "songs" / "blue-lamp.mid"
EMPTY_BARS = 4


def empty_bars(song: Song) -> tuple[int, int, int]:
    """(track, start, end) of the first four whole bars in which a track rests amid its notes; else the first bars."""
    meters = song.meter_map
    for index, track in enumerate(song.tracks):
        notes = track.notes
        if not len(notes):
            continue
        for bar in range(meters.bar_at(int(notes.start[0])), meters.bar_at(int(notes.start[-1])) - EMPTY_BARS):
            start, end = meters.bar_start(bar), meters.bar_start(bar + EMPTY_BARS)
            if not ((notes.start < end) & (notes.end > start + song.ppq)).any():
                return index, start, end
    return 0, 0, meters.bar_start(1 + EMPTY_BARS)
