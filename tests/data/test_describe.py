"""`course data info` and `list`: numbers that add up, and never a text."""

import json

import numpy as np
import pytest
from stand_in import cfpb_file, texts

from pycode.cli import main
from pycode.data import load_course_data
from pycode.data.describe import describe, format_description


@pytest.fixture
def path(tmp_path):
    return cfpb_file(tmp_path / "set.parquet", 1500)


def test_numbers_add_up(path):
    facts = describe(load_course_data("local", path))
    assert facts["rows"] == {"train": 1050, "val": 150, "test": 300}
    assert [facts["tiers"][t]["classes"] for t in ("head", "mid", "tail")] == [20, 40, 53]
    for part, n in facts["rows"].items():
        assert sum(row[part] for row in facts["tiers"].values()) == n
    assert sum(facts["length_slices"].values()) == 1500
    lengths = [len(text.split()) for text in texts(1500)]
    assert facts["words"]["median"] == np.median(lengths)
    assert facts["redacted_share"] == 0.0
    assert facts["near_duplicates"]["both"]["test_rows_with_a_twin_in_train_or_val"] == 0


def test_classes_without_rows_are_listed_and_not_counted(tmp_path):
    letter = "please remove this account from my report because it was never mine at all"
    issue = ["Privacy"] * 45 + ["Bankruptcy"] * 5
    own = [texts(50, words=20 + i)[i] for i in range(46)]
    text = [*own, *[letter] * 4]  # four of five stay together, so val gets none
    facts = describe(
        load_course_data("local", cfpb_file(tmp_path / "a.parquet", 50, issue=issue, text=text))
    )
    lengths = [len(item.split()) for item in text]
    assert facts["words"]["p90"] == np.quantile(lengths, 0.9)
    assert facts["words"]["p10"] == np.quantile(lengths, 0.1)
    found = facts["classes"]
    assert (found["listed"], found["in_train"], found["in_test"]) == (113, 2, 2)
    assert (found["largest"], found["smallest_train_rows"]) == ("Privacy", 4)


def test_twins_across_the_border_are_counted(tmp_path):
    letter = "please remove this account from my report because it was never mine at all"
    text = [letter] * 100 + texts(1400)
    data = load_course_data("local", cfpb_file(tmp_path / "a.parquet", text=text), groups=None)
    twins = describe(data)["near_duplicates"]["prefix"]
    assert twins["rows_repeating_another"] == 99
    assert twins["test_rows_with_a_twin_in_train_or_val"] == data.test.texts.count(letter)


def test_command_prints_facts_and_no_text(path, capsys):
    assert main(["data", "info", "--source", "local", "--path", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "rows: train 1,050, val 150, test 300" in shown and "(source: local)" in shown
    data = load_course_data("local", path)
    assert data.fingerprint in shown
    assert not any(text in shown for text in data.train.texts)
    assert shown.strip() == format_description(describe(data))


def test_json_and_names(path, capsys):
    assert main(["data", "info", "cfpb-8k", "--path", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"]["listed"] == 113
    assert main(["data", "info", "cfpb-9k", "--path", str(path)]) == 2
    assert "Did you mean 'cfpb-8k'" in capsys.readouterr().err
    for option in ("--source", "--revision"):  # neither would be looked at
        assert main(["data", "info", "cfpb-8k", "--path", str(path), option, "hub"]) == 2
        assert "leave them out beside the name 'cfpb-8k'" in capsys.readouterr().err


def test_list_shows_licences(capsys):
    assert main(["data", "list"]) == 0
    shown = capsys.readouterr().out
    assert "CC BY 4.0" in shown and "research purposes only" in shown and "public domain" in shown


def test_real_data_in_numbers(shared):
    facts = describe(load_course_data("local", shared / "data" / "cfpb_8k.parquet"))
    assert facts["classes"]["in_train"] == facts["classes"]["in_test"] == 64
    assert facts["classes"]["largest"] == "Incorrect information on your report"
    assert 140 < facts["words"]["median"] < 150
    assert all(
        row["test_rows_with_a_twin_in_train_or_val"] == 0
        for row in facts["near_duplicates"].values()
    )
