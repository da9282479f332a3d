import csv
import json

import numpy as np
import pytest

from pycode.data.labels import canonical_labels
from pycode.errors import CourseError
from pycode.evaluate import paired_bootstrap
from pycode.evaluate.classification import macro_f1_of, zero_f1_of
from pycode.experiment import execute, label_counts, text_audit
from pycode.experiment import interval_coverage as coverage
from pycode.experiment.label_counts import ALL, CURVE, LABELS, PERIODS, RAW, fingerprint
from pycode.files import sha256

ROWS = [  # issue, all, old form, new form, later
    ("Incorrect information on credit report", 100, 60, 0, 0),
    ("Incorrect information on your report", 300, 0, 40, 200),
    ("Late fee", 50, 20, 20, 5),
    ("Arbitration", 10, 4, 0, 0),
    ("Repaying your loan", 40, 0, 0, 0),
]


@pytest.fixture
def counts(tmp_path):
    folder = tmp_path / "counts"
    folder.mkdir()
    with (folder / RAW).open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["issue", ALL, *PERIODS.values()])
        writer.writerows(ROWS)
    (folder / LABELS).write_text("course_label,window\nLate fee,40\n")
    (folder / CURVE).write_text("rank,course_train_count_digitised\n1,80\n2,15\n3,5\n")
    return folder


def declared(mark):
    return f"description: d\nkind: label-counts\ndata: {{name: counts, fingerprint: '{mark}'}}\n"


def test_label_counts_by_hand(course, declare, counts):
    declare("counts", declared(fingerprint(counts)))
    record = execute(course, "counts", data_path=counts)
    got = {m.path: m.value for m in record.all_metrics()}
    assert got["all.rows"] == 500
    assert (got["all.raw_labels"], got["all.merged_labels"], got["all.course_labels"]) == (5, 4, 3)
    assert got["all.rows_inside"] == 460
    assert got["all.renamed_share"] == pytest.approx(100 / 500)
    assert got["all.top_share_raw"] == pytest.approx(300 / 500)
    assert got["all.top_share_merged"] == pytest.approx(400 / 500)
    assert got["all.head_to_tail"] == pytest.approx(40)
    assert got["window.rows"] == 144
    assert got["window.top_share_merged"] == pytest.approx(100 / 144)
    assert (got["forms.only_old"], got["forms.only_new"], got["forms.both"]) == (2, 1, 1)
    assert got["curve.top_share"] == pytest.approx(0.8)
    assert got["curve.below_20"] == 2
    tables = json.loads((course.runs / "counts" / "tables.json").read_text())
    first = tables["classes"]["rows"][0]
    assert first["label"] == "Incorrect information on your report"
    assert (first["all"], first["old_form"], first["later"]) == (400, 60, 200)
    assert len(first["raw_labels"]) == 2
    assert "Consumer Complaint Database" in tables["classes"]["source"]


def test_label_counts_of_a_whole_class_list():
    """Counts n, n - 1, … 1: every sum has a closed form."""

    def top(k, n):
        return sum(range(n, n - k, -1)) / sum(range(1, n + 1))

    n = len(canonical_labels())
    rows = [{"issue": label, ALL: str(n - i)} for i, label in enumerate(canonical_labels())]
    rows.append({"issue": "Repaying your loan", ALL: "1000"})  # outside of the list
    got = {name: leaf["value"] for name, leaf in label_counts._view(rows, [ALL]).items()}
    inside = n * (n + 1) // 2
    assert got["inside_share"] == pytest.approx(inside / (inside + 1000))
    assert (got["top3_share"], got["top10_share"]) == pytest.approx((top(3, n), top(10, n)))
    assert got["bottom30_share"] == pytest.approx(1 - top(n - 30, n))
    assert (got["largest_class"], got["smallest_class"]) == (n, 1)
    curve = {name: leaf["value"] for name, leaf in label_counts._curve(range(113, 0, -1)).items()}
    assert (curve["top3_share"], curve["top10_share"]) == pytest.approx((top(3, 113), top(10, 113)))
    assert curve["bottom63_share"] == pytest.approx(1 - top(50, 113))
    assert (curve["below_100"], curve["below_20"]) == (99, 19)


def test_label_counts_bad_input(course, declare, counts, monkeypatch):
    monkeypatch.delenv("COURSE_DATA", raising=False)
    declare("counts", declared("ab" * 32))
    with pytest.raises(CourseError, match="no data folder is named.*--data"):
        execute(course, "counts")
    with pytest.raises(CourseError, match="fingerprint abab"):
        execute(course, "counts", data_path=counts)
    declare("counts", declared(fingerprint(counts)))
    (counts / CURVE).unlink()
    with pytest.raises(CourseError, match=f"{CURVE} is not in counts"):
        execute(course, "counts", data_path=counts)


AUDIT = "description: d\nkind: text-audit\ndata: {name: cfpb-8k}\nrecipe: {pool_below: 4, class_from: 20}\n"


@pytest.fixture
def audit(course, declare, complaints):
    declare("audit", AUDIT)
    with pytest.raises(CourseError, match="add `fingerprint:") as caught:
        execute(course, "audit", data_path=complaints)
    mark = str(caught.value).split('fingerprint: "')[1][:64]
    declare("audit", AUDIT.replace("cfpb-8k}", f"cfpb-8k, fingerprint: '{mark}'}}"))
    record = execute(course, "audit", data_path=complaints)
    tables = json.loads((course.runs / "audit" / "tables.json").read_text())
    return course, record, tables


def test_text_audit_by_hand(audit, complaints):
    import pyarrow.parquet as pq

    _, record, tables = audit
    columns = pq.read_table(complaints).to_pydict()
    texts, n = columns["text"], len(columns["text"])
    got = {m.path: m.value for m in record.all_metrics()}
    words = [len(t.split()) for t in texts]
    assert got["all.redacted_share"] == pytest.approx(sum("XXXX" in t for t in texts) / n)
    assert got["all.over_128_words_share"] == pytest.approx(sum(w > 128 for w in words) / n)
    assert got["all.first_128_words_share"] == pytest.approx(
        sum(min(w, 128) for w in words) / sum(words)
    )
    assert got["short.rows"] == sum(len(t) <= 500 for t in texts)
    assert (got["labels.raw"], got["labels.merged"], got["labels.course"]) == (7, 6, 5)
    assert got["labels.changed_rows"] == 20
    assert got["labels.outside_rows"] == 2
    assert got["labels.top_share_merged"] == pytest.approx(80 / n)
    assert got["eras.old_form"] == pytest.approx(
        sum(d == "2016-01-05" for d in columns["date_received"]) / n
    )
    assert sum(tables["length_bins"]["rows"]) == n
    assert sum(rows for _, rows in tables["eras"]) == n
    assert dict(map(tuple, tables["length_coverage"]))[128] == sum(w <= 128 for w in words)


def test_text_audit_pools_rare_classes_and_shows_no_text(audit, complaints):
    import pyarrow.parquet as pq

    course, record, tables = audit
    assert (tables["classes"]["pooled_classes"], tables["classes"]["pooled_rows"]) == (2, 5)
    assert "Arbitration" not in json.dumps(tables)
    shares = [row["label"] for row in tables["classes"]["rows"] if "redacted_share" in row]
    assert shares == [
        "Incorrect information on your report",
        "Attempts to collect debt not owed",
        "Late fee",
    ]
    assert tables["renamed"] == [{
        "raw": "Incorrect information on credit report",
        "canonical": "Incorrect information on your report", "rows": 20,
    }]  # fmt: skip
    stored = (course.runs / "audit" / "record.json").read_text() + json.dumps(tables)
    for text in pq.read_table(complaints).to_pydict()["text"]:
        assert text[:30] not in stored
    assert record.data["n"]["all"] == 169


def test_interval_coverage_is_nominal_where_theory_says_so(course, declare, counts):
    """Accuracy of 1,604 rows: the normal approximation holds, so must the coverage and the width."""
    declare("label-counts-cfpb", declared(fingerprint(counts)))
    execute(course, "label-counts-cfpb", data_path=counts)
    more = "recipe: {rows: [400, 40], test_sets: 150, resamples: 300, truth_sets: 600}\n"
    text = (
        "description: d\nkind: interval-coverage\ndata: {name: curve, fingerprint: '%s'}\n" + more
    )
    declare("coverage", text % sha256(course.runs / "label-counts-cfpb" / "tables.json"))
    record = execute(course, "coverage")
    got = {m.path: m.value for m in record.all_metrics()}
    share, recall = np.array([80, 15, 5]) / 100, np.linspace(0.70, 0.25, 3)
    truth = share @ (recall + (1 - recall) * share)
    assert got["rows_400.accuracy.truth"] == pytest.approx(truth, abs=0.004)
    needed = 2 * 1.96 * np.sqrt(truth * (1 - truth) / 400)
    assert got["rows_400.accuracy.single_width"] == pytest.approx(needed, rel=0.05)
    assert got["rows_400.accuracy.single_width_needed"] == pytest.approx(needed, rel=0.15)
    for path in ("single_percentile", "single_centred", "paired", "paired_centred"):
        assert 0.90 <= got[f"rows_400.accuracy.{path}_coverage"] <= 0.99
    # a class is at zero when none of its rows is right
    right = share * (recall + (1 - recall) * share)
    none = ((1 - right) ** 40).sum()
    assert got["rows_40.zero_f1_classes.truth"] == pytest.approx(none, abs=0.08)
    # three classes are all head, so both are the same number
    assert got["rows_400.head_macro_f1.truth"] == got["rows_400.macro_f1.truth"]
    assert "rows_400.tail_macro_f1.truth" not in got


def test_coverage_of_a_difference_is_that_of_the_paired_bootstrap():
    shares = np.array([80, 15, 5]) / 100
    models = [coverage._model(shares, recall) for recall in ((0.7, 0.25), (0.75, 0.02))]
    sets = list(coverage._draw(40, shares, models, 40, 1))
    many = coverage._draw(40, shares, models, 200, 0)
    truths, f1 = coverage._scores(many, 3, {"it": zero_f1_of, "f1": macro_f1_of}).values()
    found = coverage._coverage(sets, zero_f1_of, truths, 3, 200, "classes")
    gaps = truths[:, 0] - truths[:, 1]
    held = [not paired_bootstrap("zero_f1_classes", *each, 3, 200, seed).excludes(gaps.mean())
            for seed, each in enumerate(sets)]  # fmt: skip
    assert found["paired_coverage"]["value"] == pytest.approx(np.mean(held))
    assert found["paired_centred_coverage"]["value"] != found["paired_coverage"]["value"]
    needed = np.subtract(*np.quantile(f1[:, 0] - f1[:, 1], [0.975, 0.025]))
    found = coverage._coverage(sets[:1], macro_f1_of, f1, 3, 200, "score")
    assert found["paired_width_needed"]["value"] == pytest.approx(needed)


def test_half_of_the_luck_is_shared():
    shares = np.array([80, 15, 5]) / 100
    model = coverage._model(shares, (0.7, 0.25))
    y, a, b = next(coverage._draw(20_000, shares, [model, model], 1, 0))
    chance = (np.diff(model[y], prepend=0, axis=1) ** 2).sum(axis=1).mean()
    assert (a == b).mean() == pytest.approx(0.5 + 0.5 * chance, abs=0.01)


def test_interval_coverage_needs_the_curve(course, declare):
    declare("coverage", "description: d\nkind: interval-coverage\ndata: {name: curve}\n")
    with pytest.raises(CourseError, match="course run label-counts-cfpb"):
        execute(course, "coverage")


def test_edges_of_the_text_audit():
    """A text of 128 words is not over 128 words; a form begins with its day."""
    days = ["2017-04-23", "2017-04-24", "2023-08-23", "2023-08-24"]
    assert [text_audit._era(day) for day in days] == [
        "old_form", "new_form", "new_form", "after_2023",
    ]  # fmt: skip
    texts = ["w " * 64, "w " * 65, "w " * 128, "XXXX XXXX " + "w " * 127]
    columns = {"text": texts, "issue": ["Late fee"] * 4, "date_received": days}
    seen = text_audit._look(columns)
    found = text_audit._lengths(seen, 4, 20)
    assert [found[f"over_{n}_words_share"]["value"] for n in (64, 128)] == [0.75, 0.25]
    assert text_audit._redaction(seen, 4)["median_marks"]["value"] == 0
    assert text_audit._redaction(seen, 4)["any_mark_share"]["value"] == 0.25
    assert text_audit._short(seen, 128)["rows"]["value"] == 1
    histogram = text_audit._histogram(
        seen.words, text_audit.Recipe(bin_words=64, last_bin_words=128)
    )
    assert histogram == {"lower_edges": [0, 64, 128], "rows": [0, 2, 2]}


def test_counts_of_the_text_audit_at_their_limits():
    rows = {"Late fee": 20, "Rewards": 5, "Arbitration": 4, "Incorrect information on credit report": 5,
            "Problem with a company's investigation into an existing problem": 3, "No such label": 2}  # fmt: skip
    issue = [label for label, n in rows.items() for _ in range(n)]
    texts = [f"{chr(97 + i % 26)}{chr(97 + i // 26)} text" for i in range(39)]
    texts[:5] = ["the same"] * 3 + ["another XXXX {$5.00}"] * 2
    texts[5] = "yet another XXXX"
    days = ["2019-01-02"] * 20 + ["2019-02-03"] * 19
    seen = text_audit._look({"text": texts, "issue": issue, "date_received": days})
    got = {name: leaf["value"] for name, leaf in text_audit._labels(seen, 39).items()}
    assert (got["raw"], got["merged"], got["course"]) == (6, 6, 4)
    assert (got["at_least_5"], got["at_least_20"]) == (3, 1)
    assert (got["changed_rows"], got["outside_rows"], got["renamed_2023_rows"]) == (5, 5, 3)
    for tree in text_audit._duplicates(texts).values():
        assert tree["repeated_rows"]["value"] == 3
        assert (tree["largest_group"]["value"], tree["groups_of_several"]["value"]) == (3, 2)
    months = text_audit._months(days, 39)
    assert (months["count"]["value"], months["largest_share"]["value"]) == (2, 20 / 39)
    assert text_audit._redaction(seen, 39)["amount_or_number_share"]["value"] == 2 / 39
    table = text_audit._class_table(seen, text_audit.Recipe())
    assert (table["pooled_classes"], table["pooled_rows"]) == (3, 9)
    assert ["redacted_share" in row for row in table["rows"]] == [True, False, False]
    assert [row["rows"] for row in text_audit._renamed(issue, 5)] == [5]
