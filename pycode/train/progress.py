"""One line that shows how far a run is, on a terminal only."""

import sys
import time
from dataclasses import dataclass, field


@dataclass
class Progress:
    """A progress bar on standard error; silent when that is a file or a pipe, or not ``shown``."""

    total: int
    width: int = 24
    shown: bool = True
    start: float = field(default_factory=time.monotonic)

    def show(self, update: int, loss: float) -> None:
        """Redraw the bar after ``update`` of ``total`` updates."""
        if self.shown and sys.stderr.isatty():
            left = (time.monotonic() - self.start) / max(1, update) * (self.total - update)
            print(
                f"\r{bar_line(update, self.total, loss, left, self.width)}", end="", file=sys.stderr
            )

    def clear(self) -> None:
        """Wipe the bar before something else is printed."""
        if self.shown and sys.stderr.isatty():
            print(f"\r{' ' * (self.width + 60)}\r", end="", file=sys.stderr, flush=True)


def bar_line(update: int, total: int, loss: float, left_s: float, width: int) -> str:
    """Return the bar as text: ``[####----] 12/40  loss 1.234  3 min left``."""
    full = width * update // max(1, total)
    left = f"{left_s / 60:.0f} min" if left_s >= 60 else f"{left_s:.0f} s"
    return f"[{'#' * full}{'-' * (width - full)}] {update}/{total}  loss {loss:.3f}  {left} left "
