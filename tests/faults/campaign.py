"""Kill, look, go on: one trial after the other, with what they found."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import killing
from killing import Death
from sample import Sample, difference


@dataclass
class Tally:
    """What a series of trials came to."""

    kills: int = 0
    unhurt: int = 0
    where: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    resumed: int = 0


class Campaign:
    """Trials on one sample. Each starts from a whole result, and is followed by an undisturbed command."""

    def __init__(self, sample: Sample) -> None:
        self.sample, self.tally = sample, Tally()
        self.version = 0

    def trial(self, death: Death, *, back: bool, cold: bool = False) -> str:
        """Kill once and check; return the kind of the last write, or nothing if the command came to its end.

        ``back`` takes the change back before the next command, ``cold`` deletes caches first.
        """
        sample, old, new = self.sample, self.version, 1 - self.version
        back = back and sample.takes_back
        sample.edit(new)
        if cold:
            sample.forget()
        outcome = killing.run(sample.command, sample.root, death, bury_it=False)
        if not outcome.killed:
            killing.bury(outcome.child)
            self._survived(outcome, new)
            return ""
        self.tally.kills += 1
        self.tally.where[place(outcome.last)] += 1
        problems = sample.broken(old, new)
        found = sample.result()
        states = {"old": sample.references[old], "new": sample.references[new]}
        self.tally.left[
            next((name for name, state in states.items() if found == state), "between")
        ] += 1
        self.version = old if back else new
        sample.edit(self.version)
        problems += self._go_on()
        killing.bury(outcome.child)
        self.tally.violations += [
            f"{death} after {outcome.last!r}: {problem}" for problem in problems
        ]
        if problems:
            self._start_again()
        return outcome.last.partition(" ")[0] or "none"

    def sweep(self, stride: int = 1, backs: tuple[bool, ...] = (False,)) -> None:
        """Die at every write (or every ``stride``-th), before it and after opening, on the way to both versions.

        The ways there and back are near images of each other, so they begin at different writes.
        """
        for back in backs:
            waiting = {version: Death(point=1 + version % stride) for version in (0, 1)}
            while waiting:
                new = 1 - self.version
                if new not in waiting:  # this way is done: go it in peace to come to the other
                    self.version = new
                    self.sample.edit(new)
                    self.sample.must_run()
                    continue
                death = waiting.pop(new)
                kind = self.trial(death, back=back)
                if kind == "open" and not death.opened:
                    waiting[new] = replace(death, opened=True)
                elif kind:
                    waiting[new] = Death(point=death.point + stride)

    def random(self, kills: int, seed: int) -> None:
        """Die at times drawn evenly over the duration of the command, until it was killed so many times."""
        draw = random.Random(seed)
        wanted, tries = self.tally.kills + kills, 0
        seconds = self._duration()
        while self.tally.kills < wanted and tries < 4 * kills + 20:
            tries += 1
            death = Death(seconds=draw.uniform(0, 1.1 * seconds), alone=draw.random() < 0.5)
            self.trial(death, back=draw.random() < 0.5, cold=draw.random() < 0.3)

    def _duration(self) -> float:
        times = []
        for _ in range(2):
            self.version = 1 - self.version
            self.sample.edit(self.version)
            times.append(self.sample.must_run().seconds)
        return sum(times) / 2

    def _survived(self, outcome: killing.Outcome, new: int) -> None:
        self.tally.unhurt += 1
        self.version = new
        if outcome.code or self.sample.result() != self.sample.references[new]:
            self.tally.violations.append(f"not killed, yet wrong: {outcome.printed[-500:]}")
            self._start_again()

    def _go_on(self) -> list[str]:
        """Run the command undisturbed and return what is not as if nothing had happened."""
        outcome = killing.run(self.sample.command, self.sample.root, Death())
        self.tally.resumed += "resumed at update" in outcome.printed
        if outcome.code:
            return [f"the next command ends with {outcome.code}: {outcome.printed.strip()[-300:]}"]
        wanted = self.sample.references[self.version]
        found = self.sample.result()
        if found != wanted:
            return [f"the next command gives another result: {difference(found, wanted)}"]
        return self.sample.debris()

    def _start_again(self) -> None:
        self.sample.reset()
        self.sample.must_run()
        self.version = 0


def place(last: str) -> str:
    """Return in words where a command was when it had begun this write last."""
    if not last:
        return "before its first write"
    kind, _, path = last.partition(" ")
    if kind in ("swap", "program"):
        return "swapping the new for the old" if kind == "swap" else f"running {path}"
    parts = Path(path).parts
    return f"{kind} in {'/'.join(parts[:2]) if parts[0] == '.course' else parts[0]}"
