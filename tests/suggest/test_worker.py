"""The worker, as the process that it is."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jazzassist.domain.passage import Gap
from jazzassist.domain.suggestion import Cancelled, Progress, Suggestion, SuggestionRequest
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.protocol import (
    Alive,
    Completed,
    Failed,
    Progressed,
    Ready,
    Reply,
    Suggested,
    Warm,
    decode_reply,
    encode_ask,
    encode_cancel,
    encode_warm,
)
from jazzassist.suggest.worker import read_ahead, warm
from tests.suggest.requests import BAR, bridge, continuation

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
LATER = Gap((0,), 14 * BAR, 16 * BAR)
# A suggester that goes on until it is cancelled, and says how many notes it wrote after that.
ENDLESS = """
import sys, time
from jazzassist.suggest import baseline
class Endless(baseline.MarkovSuggester):
    def stream(self, request, progress, cancelled, complete):
        if request.rng_seed != 99:
            return super().stream(request, progress, cancelled, complete)
        complete(super().stream(request, progress, lambda: False, lambda suggestion: None)[0])
        late = 0
        while not late:
            late += cancelled()
            time.sleep(0.001)
            progress(0.5)
        print("notes after the cancel:", late, file=sys.stderr, flush=True)
        return []
    def warm(self, request, cancelled):
        print("warmed", request.start, cancelled(), file=sys.stderr, flush=True)
        while request.rng_seed == 99 and not cancelled():
            time.sleep(0.001)
baseline.MarkovSuggester = Endless
"""


class Worker:
    """A worker process, and the conversation with it."""

    def __init__(self, *arguments: str, prelude: str = "") -> None:
        start = ["-m", "jazzassist.suggest.worker"]
        if prelude:
            start = ["-c", f"{prelude}\nfrom jazzassist.suggest.worker import main\nmain()"]
        self.process = subprocess.Popen(
            [sys.executable, *start, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip

    def say(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(lines).encode())
        self.process.stdin.flush()

    def hear(self) -> Reply:
        """The next reply."""
        assert self.process.stdout is not None
        return decode_reply(self.process.stdout.readline())

    def next(self) -> Reply:
        """The next reply that is no progress."""
        reply = self.hear()
        while isinstance(reply, Progressed):
            reply = self.hear()
        return reply

    def answer(self) -> Reply:
        """The next reply that is neither progress nor a part of an answer."""
        reply = self.next()
        while isinstance(reply, Completed):
            reply = self.next()
        return reply

    def hang_up(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE)


def talking(worker: Worker) -> Iterator[Worker]:
    yield worker
    worker.process.kill()
    worker.process.wait()
    for stream in (worker.process.stdin, worker.process.stdout, worker.process.stderr):
        assert stream is not None
        stream.close()


@pytest.fixture
def worker() -> Iterator[Worker]:
    yield from talking(Worker("--checkpoint", "markov"))


@pytest.fixture
def endless() -> Iterator[Worker]:
    """A worker that goes on with the random seed 99 until it is cancelled."""
    yield from talking(Worker("--checkpoint", "markov", prelude=ENDLESS))


class Recording:
    """A suggester that notes what it is asked, and then fails."""

    def __init__(self) -> None:
        self.asked: list[SuggestionRequest] = []

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        self.asked.append(request)
        raise RuntimeError("not today")


def test_before_it_is_ready_it_has_answered_once_whatever_came_of_it() -> None:
    suggester = Recording()
    warm(suggester)
    (request,) = suggester.asked
    assert request.kind == "bridge"
    assert len(request.before) and len(request.after)
    assert answer(MarkovSuggester(), request, lambda share: None, lambda: False)


def here(request: SuggestionRequest) -> tuple[object, ...]:
    """What the same code answers without a process."""
    return tuple(answer(MarkovSuggester(), request, lambda share: None, lambda: False))


def test_it_says_which_checkpoint_it_has_before_anything_else(worker: Worker) -> None:
    assert worker.hear() == Ready("markov")


def test_it_gives_signs_of_life_where_they_are_wanted() -> None:
    beating = Worker("--checkpoint", "markov", "--beat", "0.01")
    try:
        heard = [beating.hear() for _ in range(20)]
        assert heard[0] == Alive()
        assert heard.count(Alive()) >= 19
    finally:
        beating.process.kill()
        beating.process.communicate()


def test_its_answer_is_the_one_that_the_same_request_gets_anywhere(worker: Worker) -> None:
    worker.say(encode_ask(5, bridge()))
    assert worker.hear() == Ready("markov")
    replies = [worker.hear()]
    while not isinstance(replies[-1], Suggested):
        replies.append(worker.hear())
    assert replies[-1] == Suggested(5, here(bridge()))  # type: ignore[arg-type]
    shares = [reply.share for reply in replies if isinstance(reply, Progressed)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_suggestions_come_while_others_are_being_written(worker: Worker) -> None:
    request = bridge(alternatives=3)
    shown: list[Suggestion] = []
    answer(MarkovSuggester(), request, lambda share: None, lambda: False, shown.append)
    worker.say(encode_ask(5, request))
    assert worker.hear() == Ready("markov")
    replies = [worker.hear()]
    while not isinstance(replies[-1], Suggested):
        replies.append(worker.hear())
    came = [reply for reply in replies if isinstance(reply, Completed)]
    assert came == [Completed(5, suggestion) for suggestion in shown]
    assert 1 <= len(came) <= 3
    assert isinstance(replies[replies.index(came[0]) + 1], Progressed), "there is more to come"


def test_requests_one_after_another_are_answered(worker: Worker) -> None:
    requests = [bridge(), continuation(), bridge(rng_seed=3)]
    worker.hear()
    for id, request in enumerate(requests):
        worker.say(encode_ask(id, request))
        assert worker.answer() == Suggested(id, here(request))  # type: ignore[arg-type]


def test_a_newer_request_cancels_those_before_it(endless: Worker) -> None:
    """Without a word from the one that asks: only the last is answered in earnest, each has one reply."""
    endless.hear()
    endless.say(encode_ask(1, bridge(rng_seed=99)))
    assert isinstance(endless.next(), Completed)
    endless.say(encode_ask(2, bridge(rng_seed=99)), encode_ask(3, bridge()))
    assert [endless.answer() for _ in range(3)] == [
        Suggested(1, ()),
        Suggested(2, ()),
        Suggested(3, here(bridge())),  # type: ignore[arg-type]
    ]


def test_a_cancel_is_heard_within_a_note(endless: Worker) -> None:
    endless.hear()
    endless.say(encode_ask(1, bridge(rng_seed=99)))
    assert isinstance(endless.next(), Completed)
    endless.say(encode_cancel(1))
    assert endless.next() == Suggested(1, ())
    endless.say(encode_ask(2, bridge()))
    assert endless.answer() == Suggested(2, here(bridge()))  # type: ignore[arg-type]
    _, err = endless.process.communicate(timeout=PATIENCE)
    assert b"notes after the cancel: 1" in err


def test_the_id_of_a_request_can_be_used_again_while_the_first_is_being_cancelled(endless: Worker) -> None:
    endless.hear()
    endless.say(encode_ask(1, bridge(rng_seed=99)))
    assert isinstance(endless.next(), Completed)
    endless.say(encode_cancel(1), encode_ask(1, bridge()))
    assert [endless.answer(), endless.answer()] == [Suggested(1, ()), Suggested(1, here(bridge()))]  # type: ignore[arg-type]


def test_a_cancel_that_comes_too_late_does_no_harm(worker: Worker) -> None:
    worker.say(encode_ask(1, bridge()))
    worker.hear()
    first = worker.answer()
    worker.say(encode_cancel(1), encode_cancel(77), encode_ask(1, bridge()))
    assert worker.answer() == first


def test_reading_ahead_has_no_answer_and_waits_for_no_request(endless: Worker) -> None:
    """It is under way when a request comes, gives way, and what was still to be read is dropped."""
    endless.say(encode_warm(bridge(rng_seed=99)), encode_warm(continuation(gap=LATER)))
    assert endless.hear() == Ready("markov")
    endless.say(encode_ask(1, bridge()))
    assert endless.answer() == Suggested(1, here(bridge()))  # type: ignore[arg-type]
    endless.say(encode_ask(2, bridge(rng_seed=3)))
    assert endless.answer() == Suggested(2, here(bridge(rng_seed=3)))  # type: ignore[arg-type]
    _, err = endless.process.communicate(timeout=PATIENCE)
    assert f"warmed {continuation(gap=LATER).start} ".encode() not in err


def test_reading_ahead_is_done_when_nothing_is_asked(endless: Worker) -> None:
    endless.say(*(encode_warm(bridge(gap=Gap((0,), at * BAR, 12 * BAR))) for at in (8, 9, 10)))
    assert endless.hear() == Ready("markov")
    assert endless.process.stderr is not None
    read = [endless.process.stderr.readline().decode() for _ in range(2)]
    assert read == [f"warmed {at * BAR} False\n" for at in (9, 10)], "the latest two"


def test_reading_ahead_that_fails_is_no_ones_trouble() -> None:
    silent = dataclasses.replace(bridge(), targets=(1,))

    class Failing(MarkovSuggester):
        def warm(self, request: SuggestionRequest, cancelled: Cancelled) -> None:
            raise RuntimeError("not today")

    read_ahead(Warm(silent), Failing(), lambda: False)


def test_it_ends_at_once_when_its_asker_is_gone(endless: Worker) -> None:
    endless.hear()
    endless.say(encode_ask(1, bridge(rng_seed=99)))
    assert isinstance(endless.next(), Completed)
    assert endless.hang_up() == 0


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not show the threads of a process")
def test_it_multiplies_in_one_thread(worker: Worker) -> None:
    """One for the work, one that reads commands: two that share a product wait for each other longer than they work."""
    worker.hear()
    worker.say(encode_ask(1, bridge()))
    worker.answer()
    assert len(list(Path(f"/proc/{worker.process.pid}/task").iterdir())) == 2


def test_a_line_that_it_does_not_understand_is_answered_in_words(worker: Worker) -> None:
    worker.say("sing!\n", "\n", '{"do": "ask", "id": 8, "request": {}}\n', encode_ask(9, bridge()))
    replies = [worker.answer() for _ in range(4)]
    failures = [reply for reply in replies if isinstance(reply, Failed)]
    assert [reply.id for reply in failures] == [None, 8]
    assert all(reply.reason.startswith("The request was not understood: ") for reply in failures)
    assert Suggested(9, here(bridge())) in replies  # type: ignore[arg-type]


def test_what_cannot_be_suggested_is_said_and_the_next_request_answered(worker: Worker) -> None:
    silent = dataclasses.replace(bridge(), targets=(1,))
    worker.say(encode_ask(1, silent))
    worker.hear()
    assert worker.answer() == Failed(1, "Nothing can be suggested: track 2 has no note to start from.")
    worker.say(encode_ask(2, bridge()))
    assert isinstance(worker.answer(), Suggested)


def test_a_checkpoint_that_is_missing_is_said_and_ends_it(tmp_path: Path) -> None:
    worker = Worker("--checkpoint", str(tmp_path / "nothing"))
    reply = worker.hear()
    assert worker.process.wait(PATIENCE) == 1
    worker.process.communicate()
    assert isinstance(reply, Failed)
    assert reply.id is None
    assert "nothing" in reply.reason


def test_what_others_print_does_not_disturb_the_replies() -> None:
    noisy = (
        "import sys, os\nfrom jazzassist.suggest import baseline\n"
        "class Loud(baseline.MarkovSuggester):\n"
        "    def stream(self, *asked):\n"
        "        print('from Python'); os.write(1, b'from a library\\n')\n"
        "        return super().stream(*asked)\n"
        "baseline.MarkovSuggester = Loud"
    )
    worker = Worker("--checkpoint", "markov", prelude=noisy)
    worker.say(encode_ask(1, bridge()))
    assert worker.hear() == Ready("markov")
    assert worker.answer() == Suggested(1, here(bridge()))  # type: ignore[arg-type]
    _, err = worker.process.communicate(timeout=PATIENCE)
    assert b"from Python" in err
    assert b"from a library" in err


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="this system has no priorities of this kind")
def test_it_gives_way_to_what_plays(worker: Worker) -> None:
    worker.hear()
    assert os.getpriority(os.PRIO_PROCESS, worker.process.pid) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
