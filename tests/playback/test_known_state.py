"""No song inherits settings from another: every note sounds as if its song were played alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.sequencer import TAIL_SECONDS, Sequencer
from jazzassist.playback.system import GM_ON
from tests.playback.instrument import Instrument
from tests.playback.songs import PPQ, begins, line, song

END = 8 * PPQ
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
RHYTHM = bytes.fromhex("f04110421240") + bytes((0x1A, 0x15, 1, 0x10, 0xF7))  # makes channel 11 a drum channel
GS_RESET = bytes.fromhex("f04110421240007f0041f7")


def _control(number: int, value: int) -> bytes:
    return bytes((0xB0, number, value))


def _parameter(low: int, value: int, steps: int) -> list[bytes]:
    selected = [_control(101, 0), _control(100, low), _control(6, value), _control(38, 0)]
    return selected + [_control(96 if steps > 0 else 97, 0)] * abs(steps)


values = st.integers(0, 127)
plain = st.tuples(st.sampled_from([1, 2, 5, 7, 10, 11, 16, 64, 65, 66, 67, 71, 74, 84, 91, 93]), values)
changes = st.one_of(
    plain.map(lambda pair: [_control(*pair)]),
    st.tuples(st.integers(0, 2), values, st.integers(-2, 2)).map(lambda three: _parameter(*three)),
    st.tuples(values, values).map(lambda pair: [bytes((0xE0, *pair))]),
    values.map(lambda value: [bytes((0xD0, value))]),
    st.tuples(values, values, values).map(lambda t: [_control(0, t[0]), _control(32, t[1]), bytes((0xC0, t[2]))]),
    st.tuples(st.just(60), values).map(lambda pair: [bytes((0xA0, *pair))]),
    st.just([_control(121, 0)]),
    st.just([_control(126, 1)]),
    st.just([_control(101, 127), _control(100, 127)]),
)


@st.composite
def songs(draw: st.DrawFn) -> Song:
    """A line on channel 1 with all sorts of changes between its notes; each note starts half a beat after a change."""
    found: list[Event] = []
    for tick in sorted(draw(st.lists(st.integers(0, 7), max_size=6))):
        found += [Event(tick * PPQ + PPQ // 2, data) for data in draw(changes)]
    program = Event(0, bytes((0xC0, draw(values))))
    return song(line([60] * 8, events=(program, *found)))


def sent_by(sequencer: Sequencer, made: Song, seconds: float | None = None, at: int = 0) -> list[bytes]:
    """Return all messages of playing `made` from tick `at`, for a number of seconds or to the end."""
    schedule = build_schedule(made, 0, END)
    found = sequencer.play(schedule, schedule.seconds_at(at))
    found += [data for _, data in sequencer.advance(schedule.length + TAIL_SECONDS + 1 if seconds is None else seconds)]
    return found


def alone(made: Song, seconds: float = 0.0) -> list[object]:
    """Return the settings of a song's notes on a new instrument that receives all preceding events."""
    schedule = build_schedule(made, 0, END)
    instrument = Instrument().obey(schedule.messages[: schedule.index_at(seconds)])
    instrument.heard.clear()
    return list(instrument.obey(schedule.messages[schedule.index_at(seconds) :]).heard)


@settings(max_examples=150, deadline=None, phases=PHASES)
@given(songs(), songs(), st.floats(0.1, 4.0) | st.none(), st.integers(0, 7))
def test_every_note_sounds_as_if_no_song_had_been_played_before(
    first: Song, second: Song, seconds: float | None, beat: int
) -> None:
    sequencer, instrument = Sequencer(), Instrument()
    instrument.obey(sent_by(sequencer, first, seconds))
    if seconds is not None:
        instrument.obey(sequencer.stop())
    instrument.heard.clear()
    at = beat * PPQ
    assert instrument.obey(sent_by(sequencer, second, at=at)).heard == alone(second, beat / 2)


@settings(max_examples=60, deadline=None, phases=PHASES)
@given(songs())
def test_a_song_that_ends_by_itself_leaves_an_instrument_as_it_was_found(made: Song) -> None:
    instrument = Instrument().obey(sent_by(Sequencer(), made))
    instrument.heard.clear()
    ((_, _, state),) = instrument.obey([b"\x90\x3c\x40"]).heard
    assert state == Instrument().obey([b"\x90\x3c\x40"]).heard[0][2]


@settings(max_examples=60, deadline=None, phases=PHASES)
@given(songs(), songs(), st.floats(0.1, 3.5))
def test_a_song_that_takes_over_while_another_plays_sounds_as_if_alone(first: Song, second: Song, at: float) -> None:
    sequencer, instrument = Sequencer(), Instrument()
    instrument.obey(sent_by(sequencer, first, at))
    instrument.heard.clear()
    schedule = build_schedule(second, 0, END)
    instrument.obey(sequencer.update(schedule))
    instrument.heard.clear()
    sequencer_at = sequencer.position
    instrument.obey(data for _, data in sequencer.advance(9.0))
    assert instrument.heard == alone(second, sequencer_at)


@settings(max_examples=60, deadline=None, phases=PHASES)
@given(songs(), st.integers(1, 4))
def test_every_turn_of_a_loop_sounds_alike(made: Song, begin: int) -> None:
    sequencer, instrument = Sequencer(), Instrument()
    schedule = build_schedule(made, begin * PPQ, END, loop=True)
    instrument.obey(sequencer.play(schedule, 0.0))
    instrument.obey(data for _, data in sequencer.advance(3 * schedule.length - 0.001))
    assert instrument.heard == 3 * alone(made, begin / 2)


def test_an_instrument_in_an_unknown_state_is_told_everything_that_matters() -> None:
    instrument = Instrument().obey([_control(7, 0), _control(11, 3), _control(64, 127), b"\xe0\x00\x00", b"\xd0\x50"])
    instrument.obey([*_parameter(0, 12, 0), _control(0, 5), _control(1, 99), _control(10, 0)])
    instrument.obey(sent_by(Sequencer(), song(line([60], program=5))))
    assert instrument.heard[0][2] == Instrument().obey([b"\xc0\x05", b"\x90\x3c\x5a"]).heard[0][2]


def test_little_is_sent_where_little_has_changed() -> None:
    sequencer = Sequencer()
    made = song(*(line([60, 62], channel=channel, program=channel) for channel in range(16)))
    sent_by(sequencer, made)
    again = sequencer.play(build_schedule(made, 0, END), 0.0)
    assert len(again) <= 16 * 5, "silence, and the programs that the end of the song took back"


@pytest.mark.parametrize("drums", [(RHYTHM,), (GS_RESET, RHYTHM)])
def test_a_drum_channel_made_by_system_exclusive_is_none_in_the_next_song(drums: tuple[bytes, ...]) -> None:
    sequencer, instrument = Sequencer(), Instrument()
    kit = song(line([36, 38], channel=10, events=tuple(Event(0, data) for data in drums)))
    instrument.obey(sent_by(sequencer, kit, 0.7))
    assert [state[-1] for _, _, state in instrument.heard] == [True, True]
    instrument.obey(sequencer.stop())
    instrument.heard.clear()
    instrument.obey(sent_by(sequencer, song(line([60, 62], channel=10))))
    assert [state[-1] for _, _, state in instrument.heard] == [False, False]


def test_a_song_that_resets_the_instrument_itself_is_not_reset_twice() -> None:
    sequencer = Sequencer()
    made = song(line([60, 62], events=(Event(0, GS_RESET), Event(0, b"\xb0\x07\x30"))))
    for _ in range(2):
        assert GM_ON not in sequencer.play(build_schedule(made, 0, END), 0.0)
        sequencer.advance(1.0)
        assert GM_ON not in sequencer.seek(0.3)


def test_controllers_before_a_reset_are_not_in_force_after_it() -> None:
    events = (Event(0, b"\xb0\x07\x10"), Event(PPQ, GS_RESET), Event(2 * PPQ, b"\xb0\x0a\x20"))
    made = song(line([60] * 8, events=events))
    instrument = Instrument().obey(sent_by(Sequencer(), made, at=4 * PPQ))
    assert instrument.parts[0].controllers[7] == 100
    assert instrument.parts[0].controllers[10] == 64, "at rest again, since the song has ended"
    assert dict(instrument.heard[0][2][0]) == {10: 0x20}  # type: ignore[call-overload]


def test_sysex_before_the_position_is_sent_again_without_what_it_replaces() -> None:
    volume = [bytes.fromhex(f"f07f7f040100{value:02x}f7") for value in (0x10, 0x20)]
    request, dump = bytes.fromhex("f07e7f0601f7"), b"\xf0\x00\x01\x02" + bytes(100) + b"\xf7"
    xg = bytes.fromhex("f043104c08020701f7")
    events = [Event(i, data) for i, data in enumerate([GS_RESET, RHYTHM, volume[0], request, dump, xg, volume[1]])]
    made = build_schedule(song(line([60] * 8, events=tuple(events))), 4 * PPQ, END)
    assert [data for data in made.chase if data[0] == 0xF0] == [GS_RESET, RHYTHM, xg, volume[1]]


def test_data_increments_and_key_pressure_are_sent_again() -> None:
    events = [Event(i, data) for i, data in enumerate([*_parameter(0, 4, 0), *[b"\xb0\x60\x00"] * 3, b"\xb0\x61\x00"])]
    held = Track("Held", Notes.of([Note(0, END, 72)]), (*events, Event(PPQ, b"\xa0\x48\x35")))
    sent = sent_by(Sequencer(), song(held), 0.1, at=2 * PPQ)
    assert sent.count(b"\xb0\x60\x00") == 2
    assert b"\xa0\x48\x35" in sent[sent.index(begins(sent)[0]) :]
    inside = build_schedule(song(held), 2 * PPQ, END)
    assert list(inside.messages[:2]) == [begins(inside.messages)[0], b"\xa0\x48\x35"]


CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"


@pytest.mark.skipif(not (CASES / "plain.mid").exists(), reason="the shared cases are not here")
def test_the_reported_songs_one_after_the_other() -> None:
    from jazzassist.midi.files import read_song

    first, second = (read_song(CASES / f"{name}.mid").song for name in ("fade-and-range", "plain"))
    sequencer, instrument = Sequencer(), Instrument()
    instrument.obey(sent_by(sequencer, first))
    instrument.heard.clear()
    instrument.obey(sent_by(sequencer, second))
    expected = (
        Instrument().obey([*build_schedule(second, 0, END).chase, *build_schedule(second, 0, END).messages]).heard
    )
    assert instrument.heard == expected
