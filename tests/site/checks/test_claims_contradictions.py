"""Eight contradictions of the original course, each on a page of ours, each caught by a rule.

The pages are in `fixtures/contradictions/`; they say in our words what the original says.
"""

import shutil

import pytest
from helpers_claims import CONTRADICTIONS, course_with

from pycode.site.checks import claims


@pytest.fixture
def found(tmp_path):
    def run(name):
        project = course_with(tmp_path)
        shutil.copy(CONTRADICTIONS / f"{name}.qmd", tmp_path / f"{name}.qmd")
        return [(item.line, item.message) for item in claims.check(project)]

    return run


def has(problems, line, *parts):
    return any(at == line and all(part in text for part in parts) for at, text in problems)


def test_every_contradiction_has_a_page():
    assert len(list(CONTRADICTIONS.glob("*.qmd"))) == 8


def test_1_one_text_against_a_batch_rule_b_and_c(found):
    problems = found("1-batch-of-one")
    assert has(problems, 10, "'58 ms'", "a latency typed by hand", "53.2 ms per example in median")
    assert has(problems, 11, "'19x'", "a factor typed by hand", "2.19×")
    assert has(problems, 11, "'7 min'", "a duration typed by hand", "8.9 min", "29 min")
    assert has(problems, 13, "batch size 1 and 32 stand in one comparison")


def test_2_three_ratios_without_batch_size_rule_c_and_b(found):
    problems = found("2-three-ratios")
    assert has(problems, 10, "a ratio of speeds whose conditions the original does not state")
    assert has(problems, 13, "'3 times slower'", "a factor typed by hand")
    assert has(problems, 13, "'2.2×'", "a factor typed by hand")


def test_3_lora_by_name_full_fine_tuning_by_number_rule_e(found):
    problems = found("3-lora-or-full")
    assert has(problems, 10, "says LoRA, but published:enc.ft.e3.accuracy is full fine-tuning")
    assert has(problems, 14, "says LoRA, but published:enc.ft.e3.macro_f1 is full fine-tuning")
    assert not has(problems, 15, "")


def test_4_another_count_beside_the_claim_rule_b(found):
    problems = found("4-zero-classes")
    assert has(problems, 12, "'47 classes' looks", "46 in stored output", "47 in decks of weeks 2")
    assert has(problems, 12, "'47 classes' in the alt text")
    assert not has(problems, 10, "")


def test_5_a_time_rounded_down_rule_b(found):
    problems = found("5-rounded-time")
    assert has(problems, 10, "'0.30 s'", "0.345 s per batch in 1,808 batches in 624 s")
    assert has(problems, 10, "'18 minutes'", "20.8 min")


def test_6_eight_modules_or_nine_rule_b(found):
    problems = found("6-modules")
    assert has(problems, 10, "'eight modules'", "a count of modules", "9 in folders of pre-work")


def test_7_rows_and_classes_without_a_label_map_rule_b_and_e(found):
    problems = found("7-label-map")
    assert has(problems, 10, "'64,000'", "a count typed by hand")
    assert has(problems, 10, "'153 classes'", 'claim("published:data.labels_raw")')
    assert has(problems, 12, "depends on the label map")


def test_8_materially_higher_from_one_seed_rule_d(found):
    problems = found("8-one-seed")
    assert has(problems, 10, "“higher” without an interval")
    assert has(problems, 10, "'15 %'", "a percentage typed by hand", "8.5 %")
