"""The MIDI port of each track of a file."""

from __future__ import annotations

from collections.abc import Sequence

_DEVICE_NAME, _PORT = 0x09, 0x21
Key = tuple[int, int]  # sorts numbered ports first, then named ones in order of appearance


def ports_of(tracks: Sequence[tuple[int | None, bool, Sequence[bytes]]]) -> tuple[int, ...]:
    """Return the port (from 0) of each track. Tracks are (chunk, has notes, meta events as `FF type payload`)."""
    names: dict[bytes, int] = {}
    own = [_key(metas, names) for _, _, metas in tracks]
    if not any(own):
        return (0,) * len(tracks)
    by_chunk: dict[int | None, Key | None] = {}
    for (chunk, _, _), key in zip(tracks, own, strict=True):
        by_chunk[chunk] = by_chunk.get(chunk) or (key if chunk is not None else None)
    keys = [key or by_chunk[chunk] or (0, 0) for (chunk, _, _), key in zip(tracks, own, strict=True)]
    named = {key for key in own if key}
    used = sorted(named | {key for key, (_, sounding, _) in zip(keys, tracks, strict=True) if sounding})
    return tuple(used.index(key) if key in used else 0 for key in keys)


def _key(metas: Sequence[bytes], names: dict[bytes, int]) -> Key | None:
    """Return the port that meta events name: by number (FF 21) if present, otherwise by device name (FF 09)."""
    for meta in metas:
        if meta[1] == _PORT and len(meta) > 2:
            return 0, meta[2]
    for meta in metas:
        if meta[1] == _DEVICE_NAME and len(meta) > 2:
            return 1, names.setdefault(meta[2:], len(names))
    return None
