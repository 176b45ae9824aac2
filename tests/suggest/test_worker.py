"""The worker, as the process that it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jazzassist.domain.suggestion import Cancelled, Progress, Suggestion, SuggestionRequest
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.protocol import (
    Alive,
    Failed,
    Progressed,
    Ready,
    Reply,
    Suggested,
    decode_reply,
    encode_ask,
    encode_cancel,
)
from jazzassist.suggest.worker import warm
from tests.suggest.requests import bridge, continuation

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
ENDLESS = 1_000_000  # alternatives that nobody waits for


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

    def answer(self) -> Reply:
        """The next reply that is no progress."""
        reply = self.hear()
        while isinstance(reply, Progressed):
            reply = self.hear()
        return reply

    def hang_up(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE)


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker("--checkpoint", "markov")
    yield worker
    worker.process.kill()
    worker.process.wait()
    for stream in (worker.process.stdin, worker.process.stdout, worker.process.stderr):
        assert stream is not None
        stream.close()


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
    while isinstance(replies[-1], Progressed):
        replies.append(worker.hear())
    assert replies[-1] == Suggested(5, here(bridge()))  # type: ignore[arg-type]
    shares = [reply.share for reply in replies if isinstance(reply, Progressed)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_several_requests_are_answered_in_their_order(worker: Worker) -> None:
    requests = [bridge(), continuation(), bridge(rng_seed=3)]
    worker.say(*(encode_ask(id, request) for id, request in enumerate(requests)))
    worker.hear()
    for id, request in enumerate(requests):
        assert worker.answer() == Suggested(id, here(request))  # type: ignore[arg-type]


def test_a_cancel_is_heard_while_suggesting(worker: Worker) -> None:
    worker.say(encode_ask(1, bridge(alternatives=ENDLESS)), encode_ask(2, bridge()))
    worker.hear()
    assert isinstance(worker.hear(), Progressed)
    worker.say(encode_cancel(1))
    assert worker.answer() == Suggested(1, ())
    assert worker.answer() == Suggested(2, here(bridge()))  # type: ignore[arg-type]


def test_a_request_that_waits_can_be_cancelled_too(worker: Worker) -> None:
    worker.say(encode_ask(1, bridge(alternatives=ENDLESS)), encode_ask(2, bridge()), encode_cancel(2))
    worker.hear()
    worker.say(encode_cancel(1))
    assert [worker.answer(), worker.answer()] == [Suggested(1, ()), Suggested(2, ())]


def test_a_cancel_that_comes_too_late_does_no_harm(worker: Worker) -> None:
    worker.say(encode_ask(1, bridge()))
    worker.hear()
    first = worker.answer()
    worker.say(encode_cancel(1), encode_cancel(77), encode_ask(1, bridge()))
    assert worker.answer() == first


def test_it_ends_at_once_when_its_asker_is_gone(worker: Worker) -> None:
    worker.hear()
    worker.say(encode_ask(1, bridge(alternatives=ENDLESS)))
    assert isinstance(worker.hear(), Progressed)
    assert worker.hang_up() == 0


def test_a_line_that_it_does_not_understand_is_answered_in_words(worker: Worker) -> None:
    worker.say("sing!\n", "\n", '{"do": "ask", "id": 8, "request": {}}\n', encode_ask(9, bridge()))
    replies = [worker.answer() for _ in range(4)]
    failures = [reply for reply in replies if isinstance(reply, Failed)]
    assert [reply.id for reply in failures] == [None, 8]
    assert all(reply.reason.startswith("The request was not understood: ") for reply in failures)
    assert Suggested(9, here(bridge())) in replies  # type: ignore[arg-type]


def test_what_cannot_be_suggested_is_said_and_the_next_request_answered(worker: Worker) -> None:
    silent = bridge()
    silent = type(silent)(**{**vars(silent), "targets": (1,)})
    worker.say(encode_ask(1, silent), encode_ask(2, bridge()))
    worker.hear()
    assert worker.answer() == Failed(1, "Nothing can be suggested: track 2 has no note to start from.")
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
