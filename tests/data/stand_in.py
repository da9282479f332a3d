"""Generated complaints in the layouts of the real files. No text here was written by a consumer."""

import random

import pyarrow as pa
import pyarrow.parquet as pq

from pycode.data.labels import canonical_labels, merge_map

WORDS = [
    "bank",
    "card",
    "loan",
    "fee",
    "charge",
    "account",
    "letter",
    "report",
    "call",
    "money",
    "credit",
    "payment",
]
RARE = [f"Rare issue {n}" for n in range(7)]


def texts(n, seed=0, words=12):
    rng = random.Random(seed)
    return [f"{' '.join(rng.choices(WORDS, k=words))} {number:x}" for number in range(n)]


def labels(n, seed=0):
    """Labels with a long tail; every tenth row carries an old name where there is one."""
    rng = random.Random(seed)
    names = canonical_labels()
    drawn = [names[i % 113] for i in range(min(n, 1130))]
    drawn += rng.choices(names, [1 / (1 + i) for i in range(113)], k=n - len(drawn))
    old = {entry.canonical: raw for raw, entry in merge_map().items()}
    return [old.get(name, name) if row % 10 == 0 else name for row, name in enumerate(drawn)]


def write(path, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def cfpb_file(path, n=1500, **changes):
    columns = {
        "complaint_id": [str(1_000_000 + row) for row in range(n)],
        "issue": labels(n),
        "text": texts(n),
    }
    return write(path, **(columns | changes))


def hub_folder(folder, n_train=2000, n_test=600, dropped=(), test_dropped=0):
    """A folder like the hub's; rows at ``dropped`` carry labels that are too rare to keep."""
    train = labels(n_train, seed=1)
    for number, row in enumerate(dropped):
        train[row] = RARE[number % 7]
    test = labels(n_test - test_dropped, seed=2) + RARE[:test_dropped]
    for part, names in (("train", train), ("test", test)):
        columns = {"Issue": names, "Consumer Complaint": texts(len(names), seed=len(names))}
        write(folder / "data" / f"{part}-00000-of-00001-0123456789abcdef.parquet", **columns)
    return folder
