"""What a build did, and what went wrong in it."""

from dataclasses import dataclass, field
from pathlib import Path

from pycode.errors import CourseError


@dataclass(frozen=True)
class Failure:
    """One reason why the site could not be built."""

    page: str
    message: str

    def __str__(self) -> str:
        return (
            self.message if self.message.startswith(self.page) else f"{self.page}: {self.message}"
        )


class BuildFailed(CourseError):
    """One or more pages cannot be rendered; the site of before is untouched."""

    def __init__(self, failures: list[Failure]) -> None:
        self.failures = sorted(set(failures), key=lambda f: (f.page, f.message))
        lines = "\n".join(f"  {failure}" for failure in self.failures)
        many = len({failure.page for failure in self.failures})
        pages = f"{many} page{'s' if many > 1 else ''}"
        super().__init__(f"{pages} could not be rendered, the site was left as it was:\n{lines}")


@dataclass
class BuildReport:
    """Counts and times of a finished build."""

    output: Path
    renderer: str = "embedded"
    pages: int = 0
    decks: int = 0
    pdfs: int = 0
    rendered: int = 0
    unchanged: bool = False
    seconds: float = 0.0
    phases: list[tuple[str, float]] = field(default_factory=list)

    @property
    def documents(self) -> int:
        """Pages, decks and PDFs together."""
        return self.pages + self.decks + self.pdfs
