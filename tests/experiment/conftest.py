"""A small project with made-up complaints in the shape of the real ones."""

import pytest

from pycode.project import Project

LABELS = {
    "Incorrect information on your report": ("report wrong error bureau file", 60),
    "Incorrect information on credit report": ("report mistake bureau file", 20),
    "Attempts to collect debt not owed": ("collector debt calls owed never", 40),
    "Late fee": ("late fee charged payment card", 30),
    "Rewards": ("late fee charged payment card", 14),  # nothing tells it from Late fee
    "Arbitration": ("arbitration clause", 3),
    "Repaying your loan": ("loan", 2),
}


def sentences(words: str, n: int, start: int) -> list[str]:
    """Texts that share their class's words and differ enough not to be near-duplicates."""
    own = words.split()
    return [
        " ".join(f"{own[(i + j) % len(own)]} w{chr(97 + (i * 7 + j * 3) % 26)}{chr(97 + (i + start) % 26)}"
                 f"{chr(97 + (i * j + start) % 26)}" for j in range(5 + (i % 9) * 20))
        + (" XXXX" if i % 2 else "")
        for i in range(n)
    ]  # fmt: skip


@pytest.fixture(scope="session")
def complaints(tmp_path_factory):
    """A parquet file with the columns of cfpb_8k; returns its path."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    issue, text = [], []
    for label, (words, n) in LABELS.items():
        issue += [label] * n
        text += sentences(words, n, len(text))
    n = len(text)
    dates = [("2016-01-05", "2019-02-03", "2023-06-01", "2023-09-09")[i % 4] for i in range(n)]
    table = pa.table({
        "complaint_id": [str(1000 + i) for i in range(n)], "date_received": dates,
        "product": ["Credit card"] * n, "issue": issue, "text": text,
    })  # fmt: skip
    path = tmp_path_factory.mktemp("data") / "cfpb_8k.parquet"
    pq.write_table(table, path)
    return path


@pytest.fixture
def course(tmp_path):
    """An empty project; ``declare`` adds a run to it."""
    (tmp_path / "_quarto.yml").write_text("project:\n  type: website\n")
    (tmp_path / "runs").mkdir()
    return Project(tmp_path)


@pytest.fixture
def declare(course):
    def write(run_id: str, text: str) -> str:
        folder = course.runs / run_id
        folder.mkdir(exist_ok=True)
        (folder / "config.yml").write_text(text)
        return run_id

    return write
