"""The sentences about findings in a file and about properties that saving lost. Nothing else puts them into words."""

from __future__ import annotations

from jazzassist.midi.findings import Finding, Oddity
from jazzassist.midi.keeping import Lost, Property

# A field with a noun as its format, such as {size:byte}, is shown as a count: "1 byte", "2 bytes".
_FINDINGS = {
    Oddity.BYTES_BEFORE_HEADER: "{size:byte} before the MIDI header kept unchanged",
    Oddity.UNUSUAL_RIFF: "unusual RIFF file: its MIDI data are not in a data chunk of an RMID form",
    Oddity.RIFF_SIZE: "the MIDI data's size of {size} is wrong; read to the end of the file",
    Oddity.HEADER_LENGTH: "the header's length of {stated} is wrong; read as {actual}",
    Oddity.TRACK_COUNT: "the header announces {stated:track}; {actual} found and read",
    Oddity.UNKNOWN_FORMAT: "unknown format {format}; read as format 1",
    Oddity.FORMAT_2: "format 2: its tracks are independent pieces; they are shown and played together",
    Oddity.FORMAT_0_WITH_TRACKS: "format 0 with {tracks} tracks; read as format 1",
    Oddity.NO_DIVISION: "the header gives 0 ticks per quarter note; read as 480",
    Oddity.CHUNK_LENGTH: "the length of {stated} of an unknown chunk is wrong; read as {actual}",
    Oddity.TRACK_HEADER: "the track's header is damaged; its events are read",
    Oddity.BYTES_OUTSIDE_CHUNKS: "{size:byte} outside all chunks kept unchanged",
    Oddity.SEQUENCER_CHUNK: "a chunk of sequencer data after the announced tracks kept unchanged",
    Oddity.TRACK_LENGTH: "the track's length of {stated} is wrong; read as {actual}",
    Oddity.EARLY_END_OF_TRACK: "an end of track before more music is ignored; the music is read",
    Oddity.TRACK_CUT_SHORT: "the track is cut short: {size:byte} from here on are no complete event; kept, not played",
    Oddity.NO_END_OF_TRACK: "the end of track is missing; the track ends with its last event",
    Oddity.BYTES_AFTER_END_OF_TRACK: "{size:byte} after the end of track kept, not played",
    Oddity.LONG_DELTA_TIME: "a delta time longer than 4 bytes is kept unchanged",
    Oddity.DATA_BYTE_ABOVE_127: "a data byte above 127 is read as 127",
    Oddity.NO_STATUS_BYTE: "data bytes without a status byte are kept, not played",
    Oddity.RUNNING_STATUS_INTERRUPTED: (
        "running status after a meta or system exclusive event; the last channel status byte is used"
    ),
    Oddity.STATUS_BYTE: "status byte {status}, which MIDI files must not contain, is kept",
    Oddity.SYSEX_WITHOUT_END: "a system exclusive event without its end is kept unchanged",
    Oddity.SYSEX_DATA_ABOVE_127: "a system exclusive event with data above 127 is kept unchanged",
    Oddity.META_SIZE: "invalid {name} event of {size:byte}; kept unchanged",
    Oddity.META_VALUE: "invalid {name} event {value}; kept unchanged",
    Oddity.HANGING_NOTE: (
        "a note without a note-off; it sounds to the next one of its pitch, or to the end of the track"
    ),
}


class _Count(int):
    """An integer that can be formatted with a noun: f"{_Count(2):byte}" is "2 bytes"."""

    def __format__(self, noun: str) -> str:
        return f"{int(self)} {noun}{'' if self == 1 else 's'}" if noun else str(int(self))


def about_finding(finding: Finding) -> str:
    """Return the clause about a finding, with its place, without a full stop."""
    facts = {name: _Count(value) if isinstance(value, int) else value for name, value in finding.facts.items()}
    place = f"track {finding.track}, byte {finding.offset}" if finding.track else f"byte {finding.offset}"
    text = _FINDINGS[finding.oddity].format(**facts)
    if finding.oddity is Oddity.STATUS_BYTE and finding.facts["size"]:
        text += f" with {facts['size']:byte} of data"
    more = f" ({finding.count - 1} more like this in the track)" if finding.count > 1 else ""
    return f"{place}: {text}{more}"


def about_lost(lost: Lost) -> str:
    """Return the end of the sentence "<file> was saved, but ...", without a full stop."""
    if lost.what is Property.HARD_LINK:
        names = "another name (a hard link)" if lost.count == 1 else f"{lost.count} other names (hard links)"
        return f"the same file under {names} still holds the earlier version"
    return f"its {_PROPERTIES[lost.what]}{lost.name and ' ' + lost.name} could not be kept"


_PROPERTIES = {
    Property.OWNER: "owner",
    Property.GROUP: "group",
    Property.PERMISSIONS: "permissions",
    Property.ACCESS_LIST: "access list",
    Property.ATTRIBUTE: "extended attribute",
}
