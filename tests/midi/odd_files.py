"""Small MIDI files with one oddity each, and the expected result: whether it is damage, and the warning."""

from __future__ import annotations

from typing import NamedTuple

NOTE = "00 90 3c 40 60 80 3c 40 00 ff 2f 00"  # one note of 96 ticks, then the end of track


class Odd(NamedTuple):
    """A file. `warning`: part of the only warning, "" for none. `notes`: the number of notes in each track."""

    data: bytes
    warning: str = ""
    damaged: bool = False
    notes: tuple[int, ...] = (1,)


def header(tracks: int = 1, format_: int = 1, division: bytes = b"\x01\xe0") -> bytes:
    """An MThd chunk."""
    return b"MThd\0\0\0\6" + bytes((0, format_, 0, tracks)) + division


def chunk(events: str = NOTE, length: int | None = None, name: bytes = b"MTrk") -> bytes:
    """A chunk of events in hexadecimal, with a length that may be wrong."""
    body = bytes.fromhex(events)
    return name + (len(body) if length is None else length).to_bytes(4, "big") + body


def one_track(events: str) -> bytes:
    """A file of one track."""
    return header() + chunk(events)


def before_note(events: str) -> bytes:
    """A file of one track with something before its note."""
    return one_track(f"{events} {NOTE}")


def riff(content: bytes, after: bytes = b"") -> bytes:
    """The content in a RIFF RMID file, perhaps with more RIFF chunks after it."""
    data = b"RMIDdata" + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2) + after
    return b"RIFF" + len(data).to_bytes(4, "little") + data


PLAIN = one_track(NOTE)
OWN_DATA = chunk("00 ff 00 02 3f ff 00 ff 03 03 53 65 71 00 ff 7f 05 24 24 00 12 00 00 ff 2f 00")
_CUT = header() + chunk(" ".join([NOTE[:23].strip()] * 38), length=404)

ODD: dict[str, Odd] = {
    "128_byte_MacBinary_prefix": Odd(bytes(128) + PLAIN, "byte 0: 128 bytes before the MIDI header kept"),
    "16_tracks_no_notes": Odd(header(16) + chunk("00 ff 2f 00") * 16, notes=(0,) * 16),
    "EOT_with_delta_1920": Odd(one_track("00 90 3c 40 60 80 3c 40 8f 00 ff 2f 00")),
    "EOT_with_payload_len_1": Odd(
        one_track("00 90 3c 40 60 80 3c 40 00 ff 2f 01 00"), "byte 31: invalid end of track event of 1 byte"
    ),
    "F7_escape_carrying_F8_MTC": Odd(before_note("00 f7 02 f1 12 00 f7 01 f8")),
    "RIFF_RMID": Odd(riff(PLAIN)),
    "SMPTE_division": Odd(header(division=b"\xe7\x28") + chunk()),
    "VLQ_5_bytes": Odd(one_track(f"81 80 80 80 {NOTE}"), "byte 22: a delta time longer than 4 bytes"),
    "alien_chunk_at_end": Odd(PLAIN + chunk("61 62 63 64", name=b"XFKM")),
    "alien_chunk_between": Odd(header() + chunk("61 62 63 64", name=b"XFIH") + chunk()),
    "channel_prefix_len_0": Odd(before_note("00 ff 20 00"), "invalid channel prefix event of 0 bytes"),
    "data_byte_127_in_CC": Odd(before_note("00 b0 07 ff"), "byte 24: a data byte above 127 is read as 127", True),
    "division_0": Odd(header(division=b"\0\0") + chunk(), "byte 12: the header gives 0 ticks per quarter", True),
    "events_after_EOT": Odd(
        one_track(f"{NOTE} {NOTE}"), "byte 31: an end of track before more music is ignored", True, (2,)
    ),
    "padding_after_EOT": Odd(one_track(f"{NOTE} 00 00 00 00"), "byte 34: 4 bytes after the end of track kept, not"),
    "text_after_EOT": Odd(one_track(f"{NOTE} 61 62 63 64"), "byte 34: 4 bytes after the end of track kept, not"),
    "cut_meta_after_EOT": Odd(one_track(f"{NOTE} 00 ff"), "byte 34: 2 bytes after the end of track kept, not"),
    "two_EOTs": Odd(one_track(f"{NOTE} 00 ff 2f 00"), "byte 34: 4 bytes after the end of track kept, not"),
    "events_after_EOT_and_length": Odd(
        header() + chunk(f"{NOTE} {NOTE}", length=12), "byte 18: the track's length of 12 is wrong; read", True, (2,)
    ),
    "events_after_EOT_before_another_track": Odd(
        header(2) + chunk(f"{NOTE} {NOTE}") + chunk(), "byte 31: an end of track before more music", True, (2, 1)
    ),
    "format_0_with_2_tracks": Odd(header(2, 0) + chunk() * 2, "byte 8: format 0 with 2 tracks", notes=(1, 1)),
    "format_2_two_tracks": Odd(header(2, 2) + chunk() * 2, "byte 8: format 2", notes=(1, 1)),
    "format_3": Odd(header(1, 3) + chunk(), "byte 8: unknown format 3; read as format 1", True),
    "hanging_note": Odd(
        one_track("00 90 3c 40 10 90 3e 50 00 ff 2f 00"),
        "a note without a note-off; it sounds to the next one",
        notes=(2,),
    ),
    "header_length_8": Odd(b"MThd\0\0\0\x08" + header()[8:] + b"\0\0" + chunk()),
    "header_says_1_track_has_2": Odd(
        header() + chunk() * 2, "byte 10: the header announces 1 track; 2 found", True, (1, 1)
    ),
    "header_says_3_tracks_has_1": Odd(header(3) + chunk(), "byte 10: the header announces 3 tracks; 1 found", True),
    "key_sig_8_sharps": Odd(before_note("00 ff 59 02 08 00"), "invalid key signature event 08 00"),
    "key_sig_mode_255": Odd(before_note("00 ff 59 02 ff ff"), "invalid key signature event ff ff"),
    "no_EOT": Odd(one_track("00 90 3c 40 60 80 3c 40"), "byte 30: the end of track is missing", True),
    "note_velocity_127": Odd(
        one_track("00 90 3c 80 60 80 3c 40 00 ff 2f 00"), "byte 24: a data byte above 127 is read as 127", True
    ),
    "overlapping_same_pitch": Odd(one_track("00 90 3c 40 10 90 3c 50 10 80 3c 00 10 80 3c 00 00 ff 2f 00"), notes=(2,)),
    "plain": Odd(PLAIN),
    "poly_aftertouch_chan_pressure_pitchbend": Odd(before_note("00 a0 3c 10 00 d0 20 00 e0 00 60")),
    "running_status_after_meta": Odd(
        one_track("00 90 3c 40 00 ff 01 01 78 60 3c 00 00 ff 2f 00"),
        "byte 32: running status after a meta or system exclusive",
        True,
    ),
    "running_status_after_sysex": Odd(
        one_track("00 90 3c 40 00 f0 02 01 f7 60 3c 00 00 ff 2f 00"),
        "byte 32: running status after a meta or system exclusive",
        True,
    ),
    "seq_number_len_0": Odd(before_note("00 ff 00 00")),
    "seq_number_len_1": Odd(before_note("00 ff 00 01 05"), "invalid sequence number event of 1 byte"),
    "sequencer_specific_7f": Odd(before_note("00 ff 7f 06 00 00 41 61 62 63")),
    "smpte_offset_frame_30": Odd(before_note("00 ff 54 05 61 00 00 1e 00"), "invalid SMPTE offset event 61 00"),
    "smpte_offset_minute_77": Odd(before_note("00 ff 54 05 61 4d 00 00 00"), "invalid SMPTE offset event 61 4d"),
    "smpte_offset_hour_30": Odd(before_note("00 ff 54 05 1e 00 00 00 00"), "invalid SMPTE offset event 1e 00"),
    "sysex_F0_F7": Odd(before_note("00 f0 05 7e 7f 09 01 f7")),
    "sysex_split_F0_F7_continuation": Odd(before_note("00 f0 03 43 12 00 0a f7 03 43 12 f7")),
    "sysex_with_data_127": Odd(before_note("00 f0 04 43 90 12 f7"), "a system exclusive event with data above 127"),
    "sysex_without_F7_end_single": Odd(before_note("00 f0 04 7e 7f 09 01"), "a system exclusive event without its end"),
    "tempo_0": Odd(before_note("00 ff 51 03 00 00 00"), "invalid tempo event 00 00 00"),
    "tempo_with_2_bytes": Odd(before_note("00 ff 51 02 07 a1"), "invalid tempo event of 2 bytes"),
    "tempo_with_4_bytes": Odd(before_note("00 ff 51 04 07 a1 20 00"), "invalid tempo event of 4 bytes"),
    "text_with_NUL": Odd(before_note("00 ff 01 03 61 00 62")),
    "time_sig_2_bytes": Odd(before_note("00 ff 58 02 03 02"), "invalid time signature event of 2 bytes"),
    "time_sig_3_4_with_odd_clocks": Odd(before_note("00 ff 58 04 03 02 24 0c")),
    "time_sig_denominator_2_9": Odd(before_note("00 ff 58 04 04 09 18 08"), "invalid time signature event 04 09 18 08"),
    "track_length_0xFFFFFFFF": Odd(
        header() + chunk(length=0xFFFFFFFF), "byte 18: the track's length of 4294967295 is wrong; read as 12", True
    ),
    "track_length_too_long": Odd(header() + chunk(length=9999), "byte 18: the track's length of 9999 is wrong", True),
    "track_length_too_short": Odd(header() + chunk(length=6), "byte 18: the track's length of 6 is wrong", True),
    "track_name_shift_jis": Odd(before_note("00 ff 03 06 83 73 83 41 83 6d")),
    "track_name_utf_8": Odd(before_note("00 ff 03 09 46 6c c3 bb 74 65 20 c3 a9")),
    "trailing_CRLF": Odd(PLAIN + b"\r\n", "byte 34: 2 bytes outside all chunks kept unchanged"),
    "truncated_mid_track": Odd(_CUT, "byte 18: the track's length of 404 is wrong; read as 304", True, (38,)),
    "two_tempo_same_tick": Odd(before_note("00 ff 51 03 07 a1 20 00 ff 51 03 03 a1 20")),
    "unknown_meta_0x60": Odd(before_note("00 ff 60 03 61 62 63")),
    # more of the same kind
    "realtime_bytes_in_track": Odd(before_note("00 f8 00 fe"), "byte 23: status byte F8", True),
    "undefined_status_F4": Odd(before_note("00 f4"), "byte 23: status byte F4, which MIDI files must", True),
    "data_without_status": Odd(before_note("00 3c 40"), "byte 23: data bytes without a status byte", True),
    "cut_inside_event": Odd(
        header() + chunk("00 90 3c 40 60 80 3c", length=12), "byte 18: the track's length of 12", True
    ),
    "meta_past_the_end": Odd(
        one_track("00 90 3c 40 60 80 3c 40 00 ff 01 50 61"), "byte 30: the track is cut short: 5 bytes", True
    ),
    "garbage_between_tracks": Odd(
        header(2) + chunk() + b"\x01\x02\x03" + chunk(), "byte 34: 3 bytes outside all chunks", True, (1, 1)
    ),
    "first_length_swallows_second": Odd(
        header(2) + chunk(length=500) + chunk(), "byte 18: the track's length of 500 is wrong; read as 12", True, (1, 1)
    ),
    "length_reaches_into_the_next": Odd(
        header(3) + chunk(length=25) + chunk() * 2, "length of 25 is wrong; read as 12", True, (1, 1, 1)
    ),
    "length_0_and_no_EOT": Odd(
        header(2) + chunk("00 90 3c 40 60 80 3c 40", length=0) + chunk(),
        "length of 0 is wrong; read as 8",
        True,
        (1, 1),
    ),
    "no_EOT_and_length_1_too_long": Odd(
        header(2) + chunk("00 90 3c 40 60 80 3c 40", length=9) + chunk(),
        "length of 9 is wrong; read as 8",
        True,
        (1, 1),
    ),
    "uncounted_whole_track_inside_an_unfinished_one": Odd(
        header(1) + chunk("00 90 3c 40 60 80 3c 40", length=20) + chunk(), "length of 20 is wrong", True, (1, 1)
    ),
    "MTrk_in_a_text": Odd(header(2) + chunk("00 ff 01 04 4d 54 72 6b " + NOTE) + chunk(), notes=(1, 1)),
    "MTrk_in_a_text_of_an_unfinished_track": Odd(
        header(2) + chunk("00 ff 01 04 4d 54 72 6b 00 90 3c 40 60 80 3c 40") + chunk(),
        "the end of track is missing",
        True,
        (1, 1),
    ),
    "alien_chunk_reaches_into_a_track": Odd(
        header(2) + chunk() + chunk("61 62 63", length=9, name=b"XFIH") + chunk(), "an unknown chunk", True, (1, 1)
    ),
    "cut_track_before_another": Odd(
        header(2) + chunk("00 90 3c 40 60 80 3c 40 00 ff 01 50 61") + chunk(), "the track is cut short", True, (1, 1)
    ),
    "header_length_hides_a_track": Odd(
        b"MThd\0\0\0\x1a" + header(2)[8:] + chunk() + chunk(), "byte 4: the header's length of 26", True, (1, 1)
    ),
    "header_length_points_into_a_track": Odd(
        b"MThd\0\0\0\x22" + header(2)[8:] + chunk() + chunk(), "byte 4: the header's length of 34", True, (1, 1)
    ),
    "header_without_division": Odd(header()[:12] + chunk(), "byte 4: the header's length of 6", True),
    "header_length_4": Odd(b"MThd\0\0\0\x04" + header()[8:] + chunk(), "byte 4: the header's length of 4", True),
    "riff_with_info": Odd(riff(before_note("00 c0 01"), b"LIST\4\0\0\0INFO")),
    "riff_with_unknown_id": Odd(riff(PLAIN).replace(b"data", b"dat`"), "byte 12: unusual RIFF file"),
    "riff_with_wrong_size": Odd(
        riff(PLAIN).replace(b"data\x22", b"data\x60"), "byte 16: the MIDI data's size of 96 is wrong", True
    ),
    "extra_track_of_a_sequencer": Odd(PLAIN + OWN_DATA, "byte 34: a chunk of sequencer data"),
    "two_extra_tracks_of_a_sequencer": Odd(PLAIN + OWN_DATA * 2, "byte 34: a chunk of sequencer data"),
    "extra_raw_track_of_a_sequencer": Odd(
        PLAIN + chunk("24 24 00 10 00 00 00 00") + b"$$\0\5tail", "byte 34: a chunk of sequencer data"
    ),
    "extra_raw_track_with_a_wrong_length": Odd(
        PLAIN + chunk("24 24 00 10 00 00 00 00", length=700), "byte 34: a chunk of sequencer data"
    ),
    "extra_track_of_a_sequencer_before_another": Odd(
        PLAIN + OWN_DATA + chunk(), "byte 34: a chunk of sequencer data", True, (1, 1)
    ),
    "no_tracks": Odd(header(0), notes=()),
}
