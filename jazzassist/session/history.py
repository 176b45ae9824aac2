"""The undo history of a song: steps that hold the song before and after."""

from __future__ import annotations

from dataclasses import dataclass

from jazzassist.domain.song import Song


@dataclass(frozen=True)
class Step:
    """One step, named `text`. Both songs share their unchanged parts. Steps with the same `burst` above 0 merge."""

    text: str
    before: Song
    after: Song
    burst: int = 0


class History:
    """Undo and redo steps, and the saved state."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._index = 0  # number of steps done
        self._clean: int | None = 0  # index at which the song is as saved

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def is_clean(self) -> bool:
        """Whether the song is as last opened or saved."""
        return self._index == self._clean

    @property
    def undo_text(self) -> str | None:
        """The name of the step to undo, None if there is none."""
        return self._steps[self._index - 1].text if self._index else None

    @property
    def redo_text(self) -> str | None:
        """The name of the step to redo, None if there is none."""
        return self._steps[self._index].text if self._index < len(self._steps) else None

    def clear(self) -> None:
        """Remove all steps. The current song counts as saved."""
        self._steps, self._index, self._clean = [], 0, 0

    def set_clean(self) -> None:
        """Note that the current song was saved."""
        self._clean = self._index

    def push(self, step: Step) -> None:
        """Add a step and discard undone steps.

        The step merges with the previous one if both have the same burst and the song was not saved in between.
        A burst that returns to its first song leaves no step.
        """
        del self._steps[self._index :]
        if self._clean is not None and self._clean > self._index:
            self._clean = None
        last = self._steps[-1] if self._steps else None
        if last is None or not step.burst or last.burst != step.burst or self.is_clean:
            self._steps.append(step)
        elif step.after is last.before:
            self._steps.pop()
        else:
            self._steps[-1] = Step(step.text, last.before, step.after, step.burst)
        self._index = len(self._steps)

    def undo(self) -> Song | None:
        """Undo a step. Return the song before it, None if there is none."""
        if not self._index:
            return None
        self._index -= 1
        return self._steps[self._index].before

    def redo(self) -> Song | None:
        """Redo a step. Return the song after it, None if there is none."""
        if self._index == len(self._steps):
            return None
        self._index += 1
        return self._steps[self._index - 1].after
