"""The twin's runs belong to the twin of today, meet the calibration asked for, and fill the docs."""

import numpy as np
import pytest

from pycode.data.labels import canonical_labels
from pycode.data.twin import load_twin, make_twin
from pycode.experiment.twin_shape import (
    BASELINE,
    ROWS,
    RUN,
    shape,
    shape_table,
    truth,
    truth_table,
)
from pycode.runs import claim
from pycode.runs.record import read_record


def test_runs_are_of_the_twin_that_the_code_makes(project):
    now = load_twin().fingerprint
    for run in (RUN, BASELINE):
        assert read_record(project.runs, run).data["fingerprint"] == now


@pytest.fixture(scope="module")
def measured():
    """The full twin, its shape and its truth."""
    twin = make_twin()
    return twin, shape(twin, 42), truth(twin)


def test_the_record_of_the_twin_comes_out_again(project, measured):
    """Pages quote it: all its figures, from the rows that the code makes today."""
    _, found, reached = measured
    record = read_record(project.runs, RUN)
    made = {f"shape.{name}": leaf for name, leaf in found.items()}
    for split, leaves in reached.items():
        made.update({f"truth.{split}.{name}": leaf for name, leaf in leaves.items()})
    recorded = {item.path for item in record.all_metrics()}
    assert made.keys() == {path for path in recorded if path.startswith(("shape.", "truth."))}
    for path, leaf in made.items():
        assert leaf["value"] == pytest.approx(record.metric(path).value, rel=1e-6), path


def test_tfidf_lands_where_the_course_published_it(project):
    for metric, tolerance in (("accuracy", 0.03), ("macro_f1", 0.03), ("zero_f1_classes", 10)):
        published = claim(f"published:baseline.tfidf.val.{metric}", project=project).value
        ours = claim(f"{BASELINE}:val.{metric}", project=project).value
        assert ours == pytest.approx(published, abs=tolerance), metric


def test_the_docs_show_the_runs(project):
    page = (project.root / "docs" / "twin.md").read_text(encoding="utf-8")
    assert shape_table(project) in page and truth_table(project) in page
    assert len(ROWS) >= 12


def test_shape_and_truth_by_hand(measured):
    twin, found, reached = measured
    counts = np.bincount(twin.labels[twin.rows_of("train")], minlength=len(canonical_labels()))
    assert found["raw_labels"]["value"] == 153 and found["dropped_rows"]["value"] == 23
    assert found["smallest_class"]["value"] == counts.min()
    assert found["top_share"]["value"] == pytest.approx(counts.max() / counts.sum())
    p = twin.posterior().astype(float)
    hits = p.argmax(axis=1) == twin.labels
    whole = reached["all"]
    assert whole["accuracy"]["value"] == pytest.approx(hits.mean())
    nll = -np.log(p[np.arange(len(p)), twin.labels]).mean()
    assert whole["nll"]["value"] == pytest.approx(nll, rel=1e-6)
    assert whole["nll"]["value"] == pytest.approx(whole["entropy"]["value"], abs=0.02)
    assert whole["uncut_accuracy"]["value"] > whole["expected_accuracy"]["value"]
    assert 0.02 < whole["alike_mass"]["value"] < 0.5
