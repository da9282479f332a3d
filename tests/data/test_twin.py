"""The twin as data: sizes, classes, forms, determinism, looks, and what it refuses."""

import re
import subprocess
import sys
import warnings
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from pycode.cli import main
from pycode.data import hub, load_course_data, load_dataset_by_name
from pycode.data.course import check_published, course_data
from pycode.data.labels import canonical_labels, merge, too_rare
from pycode.data.twin import Settings, make_twin, raw_files
from pycode.data.twin.frame import full_frame
from pycode.data.twin.model import YEARS
from pycode.data.twin.spec import phrases, raw_labels
from pycode.data.twin.text import Row, _fillers
from pycode.errors import CourseError

N = 2000
DIGEST = """
import hashlib
from pycode.data.twin import make_twin
t = make_twin(seed=3, n=2000)
lines = zip(t.row_ids, t.raw_labels, t.dates, t.texts, t.labels.tolist(), t.split.tolist())
print(hashlib.sha256(repr(list(lines)).encode()).hexdigest())
"""
RECORDED = "9095a9b4b2a8314e7d98715077788d435efcd7836768a2e977bfadf109642d52"


@pytest.fixture(scope="module")
def full():
    return make_twin()


@pytest.fixture(scope="module")
def small():
    return make_twin(n=N)


@pytest.fixture(scope="module")
def files():
    return raw_files()


def test_two_processes_make_the_same_twin_and_it_is_the_recorded_one():
    made = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": salt, "PATH": ""},
        ).stdout.strip()
        for salt in ("1", "2")
    }
    assert made == {RECORDED}


def test_another_seed_gives_other_texts(small):
    other = make_twin(seed=43, n=N)
    assert len(set(small.texts) & set(other.texts)) < N / 20
    assert small.prior == pytest.approx(other.prior)


def test_published_sizes_and_classes(full):
    assert len(full) == 85_708
    assert [len(full.rows_of(name)) for name in ("train", "val", "test")] == [57_846, 6_430, 21_432]
    train = np.bincount(full.labels[full.rows_of("train")], minlength=113)
    by_name = dict(zip(canonical_labels(), train.tolist(), strict=True))
    assert by_name["Incorrect information on your report"] == 13_333 == train.max()
    assert by_name["Shopping for a line of credit"] == 4 == train.min()
    assert by_name["Problem with a purchase shown on your statement"] == 3_905
    assert by_name["Advertising and marketing"] == 142
    for name in ("val", "test"):
        assert (np.bincount(full.labels[full.rows_of(name)], minlength=113) >= 1).all()


def test_153_raw_labels_become_120_then_113(files):
    train, test = files
    raw = set(train.labels) | set(test.labels)
    merged = {merge(label) for label in raw}
    assert (len(train), len(test), len(raw), len(merged)) == (64_292, 21_439, 153, 120)
    assert len(merged - set(canonical_labels())) == 7
    assert too_rare(merge(label) for label in train.labels) == merged - set(canonical_labels())


def test_the_courses_own_pipeline_makes_the_same_splits(files, full):
    piped = course_data(*files, source="twin")
    check_published(piped, *files)
    for name in ("train", "val", "test"):
        ours, theirs = full.split_of(name), piped.split(name)
        assert ours.row_ids == theirs.row_ids and ours.texts == theirs.texts
        np.testing.assert_array_equal(ours.labels, theirs.labels)


def test_forms_fit_dates_and_raw_labels(full):
    allowed = {
        raw.name: {form for form, rows in (("old", raw.old), ("new", raw.new)) if rows}
        for raw in raw_labels()
    }
    for form, day, name in zip(full.forms, full.dates, full.raw_labels, strict=True):
        assert form == ("old" if day < "2017-04-24" else "new")
        assert form in allowed[name]
    assert min(full.dates) >= "2015-03-19" and max(full.dates) <= "2018-02-28"
    assert sum(len(forms) == 2 for forms in allowed.values()) >= 9
    merged = np.array([canonical_labels().index(merge(name)) for name in full.raw_labels])
    np.testing.assert_array_equal(merged, full.labels)


def test_the_looks_of_the_texts(full):
    words = np.array([len(text.split()) for text in full.texts])
    characters = np.array([len(text) for text in full.texts])
    redacted = np.mean(["XXXX" in text for text in full.texts])
    assert redacted == pytest.approx(0.635, abs=0.01)
    assert 47 <= np.median(words) <= 53 and np.median(words) < words.mean()
    assert characters.max() <= 500 and characters.min() >= 8
    amounts = [re.findall(r"\{\$[^}]*\}", text) for text in full.texts]
    assert 0.08 < np.mean([bool(found) for found in amounts]) < 0.25
    assert all(re.fullmatch(r"\{\$\d+\.\d\d\}", a) for found in amounts[:5000] for a in found)
    left = {c for text in full.texts for c in text} - set("{}")
    assert not left & set("[]|_")


class Patience(tuple):
    """Templates that may be looked at a thousand times, which is less often than for ever."""

    looks = 0

    def __getitem__(self, index):
        self.looks += 1
        assert self.looks < 1000
        return super().__getitem__(index)


def test_a_row_may_use_up_all_sentences_with_redactions():
    """So it is in about every twentieth twin, such as that of seed 12."""
    say = phrases(True, YEARS)
    say = replace(say, redacted=Patience(say.redacted))
    row = Row(110, True, False, 0, False, 0, False, [])
    said = _fillers([], say, row, iter([0] * 24))
    marked = [sentence for sentence in said if "XX" in sentence]
    assert len(set(said)) == len(said) > len(marked) == len(say.redacted)


def test_redaction_does_not_depend_on_the_label(full):
    masked = np.array(["XXXX" in text for text in full.texts])
    for label, rows in Counter(full.labels.tolist()).most_common(8):
        share = masked[full.labels == label].mean()
        assert abs(share - 0.635) < 4 * np.sqrt(0.635 * 0.365 / rows)


def test_a_smaller_twin_is_part_of_the_larger(full, small):
    whole = dict(zip(full.row_ids, full.texts, strict=True))
    assert len(small) == N and all(
        whole[i] == t for i, t in zip(small.row_ids, small.texts, strict=True)
    )
    sizes = [len(small.rows_of(name)) for name in ("train", "val", "test")]
    assert sum(sizes) == N and sizes[0] > sizes[2] > sizes[1]
    for name in ("train", "val", "test"):
        assert (np.bincount(small.labels[small.rows_of(name)], minlength=113) >= 1).all()


def test_no_run_of_words_comes_from_a_real_complaint(full, shared):
    import pyarrow.parquet as pq

    made = set().union(*(_runs(text) for text in full.texts[::8]))
    common = 0
    for name in ("cfpb_8k", "narratives_unlabelled"):
        real = pq.read_table(shared / "data" / f"{name}.parquet", columns=["text"])["text"]
        common += sum(len(_runs(str(text)) & made) for text in real)
    assert len(made) > 100_000 and common == 0


def _runs(text: str, size: int = 12) -> set[int]:
    """Return the runs of twelve words (hashed); a redaction counts as one word."""
    words = re.findall(r"[a-z']+", re.sub(r"[X/]{2,}\d*", "x", text).lower())
    return {hash(tuple(words[i : i + size])) for i in range(len(words) - size + 1)}


def test_as_course_data(small):
    data = load_course_data("twin", n=N)
    assert data.source == "twin" and data.name == "twin" and data.n_classes == 113
    assert "SYNTHETIC" in data.notes[0] and f"make_twin(seed=42, n={N})" in data.notes[1]
    assert data.fingerprint == load_dataset_by_name("twin", n=N).fingerprint
    assert data.fingerprint != load_course_data("twin", n=N, seed=7).fingerprint
    truth = small.posterior_of(data.test.row_ids)
    assert truth.shape == (len(data.test), 113)
    np.testing.assert_array_equal(truth, small.posterior(small.rows_of("test")))
    np.testing.assert_array_equal(small.posterior_of(data.test.row_ids[::-1]), truth[::-1])


def test_auto_without_hub_is_the_twin_and_the_command_says_so(monkeypatch, capsys, small):
    monkeypatch.setattr(hub, "_answers", lambda timeout=5.0: False)
    monkeypatch.setattr("pycode.data.twin.twin.full_frame", _first_rows(N))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert main(["data", "info"]) == 0
    assert any("Using the synthetic twin, not the real data" in str(w.message) for w in heard)
    out = capsys.readouterr().out
    assert "source: twin" in out and "SYNTHETIC" in out and "The hub was tried first" in out


def _first_rows(rows):
    """Return a stand-in for the full frame: a small part of it, which is quick to describe."""
    from pycode.data.twin.frame import subset

    return lambda seed: subset(full_frame(seed), rows, seed)


@pytest.mark.parametrize("n", [999, 85_709, 0, -5, 2000.0, "2000", True])
def test_bad_numbers_of_rows(n):
    with pytest.raises(CourseError, match=r"use a whole number from 1,000 to 85,708"):
        make_twin(n=n)


@pytest.mark.parametrize("seed", [-1, 1.5, "a", None, True])
def test_bad_seeds(seed):
    with pytest.raises(CourseError, match="use a whole number, 0 or more"):
        make_twin(seed=seed, n=N)


def test_other_misuse(small):
    with pytest.raises(CourseError, match="source='twin' only"):
        load_course_data("hub", n=N)
    with pytest.raises(CourseError, match="1 of 1 row ids are not in this twin"):
        small.posterior_of(["train/99999"])
    with pytest.raises(CourseError, match="Split 'dev' is not known"):
        small.rows_of("dev")
    with pytest.raises(CourseError, match="positions in the twin.*got bool"):
        small.posterior(small.split == 2)  # a mask is no list of positions
    with pytest.raises(CourseError, match="positions in the twin.*got float64"):
        small.posterior([1.7])
    for wrong in (-1, N):
        with pytest.raises(CourseError, match=f"this twin has 0 to {N - 1}"):
            small.posterior([wrong])


@pytest.mark.parametrize(
    "wrong",
    [{"own": 0.9}, {"direct": 1.5}, {"misnamed": 2.0}, {"own": float("nan")}, {"vague": -0.1}],
)
def test_settings_that_are_no_shares(wrong):
    with pytest.raises(CourseError, match="together at most 1"):
        Settings(**wrong)
