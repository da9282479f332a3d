"""What a reader does on the bench: keyboard, menus, links, own runs, from disk."""

import re
import shutil

import pytest

from tests.bench.conftest import PAIR, done

pytestmark = pytest.mark.browser


def text(page, name):
    return page.inner_text(f"[data-bench={name}]")


def test_a_slider_answers_to_the_keyboard_and_only_its_side_changes(bench):
    before = [text(bench, f"calibration-{side}") for side in "ab"]
    bench.focus("[data-bench=temperature-b]")
    for _ in range(40):
        bench.keyboard.press("ArrowRight")
    bench.wait_for_selector("[data-bench=temperature-value-b]:text('T = 1.74')")
    done(bench)
    after = [text(bench, f"calibration-{side}") for side in "ab"]
    assert after[0] == before[0] and after[1] != before[1]
    label = bench.get_attribute("[data-bench=temperature-b]", "aria-valuetext")
    assert label == "temperature 1.74"
    bench.click("[data-bench=reset-b]")
    done(bench)
    assert text(bench, "calibration-b") == before[1]


def test_swapping_turns_the_sign_and_the_verdict(bench):
    board = bench.locator("[data-bench=board] tr", has_text="NLL").first
    assert "−0.546" in board.inner_text() and "better" in board.inner_text()
    bench.click("[data-bench=swap]")
    done(bench)
    assert "+0.546" in board.inner_text() and "worse" in board.inner_text()
    assert bench.url.endswith(f"?a={PAIR[1]}&b={PAIR[0]}")


def test_the_metric_menu_changes_sentence_and_picture(bench):
    assert "Macro-F1" in text(bench, "verdict") and "tie" in text(bench, "verdict")
    bench.select_option("[data-bench=metric]", "brier")
    assert "Brier" in text(bench, "verdict") and "A is better" in text(bench, "verdict")
    label = bench.get_attribute("[data-bench=histogram] svg", "aria-label")
    assert "Brier" in label and "A is better than B" in label


def test_costs_move_the_gate_s_verdict(bench):
    bench.wait_for_selector("[data-bench=gate-verdict]:has-text('costs less')")
    before = text(bench, "gate-a")
    bench.locator("[data-bench=cost-error]").fill("30")
    bench.wait_for_selector("[data-bench=cost-value-error]:text('30')")
    assert text(bench, "gate-a") != before
    bench.locator("[data-bench=threshold-a]").fill("1")
    bench.locator("[data-bench=threshold-b]").fill("1")
    bench.wait_for_selector("[data-bench=gate-verdict]:has-text('tie')")


def test_classes_can_be_ordered_and_all_are_there(bench):
    rows = bench.locator("[data-bench=classes] li")
    assert rows.count() == 64
    first = rows.first.inner_text()
    assert "Incorrect information on your report" in first
    bench.select_option("[data-bench=order]", "gap")
    assert rows.first.inner_text() != first and rows.count() == 64
    assert "of 64 classes" in text(bench, "classes-note")


def test_a_link_to_two_runs_of_which_one_is_unknown_shows_the_usual_pair(tab, bench_address):
    tab.goto(f"{bench_address}?a=nothing&b={PAIR[0]}")
    done(tab)
    assert tab.input_value("[data-bench=run-a]") == "minilm-cfpb8k"


def test_a_run_that_is_not_there_gets_a_sentence(tab, bench_address):
    tab.route("**/tfidf-tuned-cfpb8k/test.safetensors", lambda route: route.fulfill(status=404))
    tab.goto(f"{bench_address}?a={PAIR[0]}&b={PAIR[1]}")
    tab.wait_for_selector("#bench[data-state=failed]")
    assert "tfidf-tuned-cfpb8k/test.safetensors could not be read (404)" in text(tab, "status")


def files(
    project, run, names=("record.json", "classes.json", "test.safetensors", "val.safetensors")
):
    return [str(project.runs / run / name) for name in names]


def test_the_reader_s_own_run_stands_beside_ours(bench, project):
    bench.set_input_files("[data-bench=own]", files(project, "tfidf-cfpb8k"))
    bench.wait_for_selector("[data-bench=name-a]:has-text('(yours)')")
    done(bench)
    assert bench.input_value("[data-bench=run-a]") == "tfidf-cfpb8k (yours)"
    assert bench.input_value("[data-bench=run-b]") == PAIR[1]
    assert "tfidf-cfpb8k" not in bench.url  # nothing of it goes into a link


def test_wrong_files_get_a_sentence_and_the_page_stays(bench, project, tmp_path):
    before = text(bench, "board")
    bench.set_input_files(
        "[data-bench=own]", files(project, PAIR[0], ["record.json", "classes.json"])
    )
    bench.wait_for_selector("[data-bench=status]:has-text('test.safetensors missing')")
    table = tmp_path / "week1-runs.csv"
    table.write_text("run,changed\n")
    bench.set_input_files("[data-bench=own]", [str(table)])
    bench.wait_for_selector("[data-bench=status]:has-text('.safetensors files of a run log')")
    broken = tmp_path / "test.safetensors"
    broken.write_bytes(b"\x05\0\0\0\0\0\0\0{}")
    bench.set_input_files(
        "[data-bench=own]", [*files(project, PAIR[0], ["record.json", "classes.json"]), str(broken)]
    )
    bench.wait_for_selector("[data-bench=status]:has-text('safetensors')")
    assert "could not be read" in text(bench, "status") and text(bench, "board") == before


def test_from_disk_it_says_what_to_do_and_own_files_work_with_the_same_numbers(
    tab, bench_folder, project, tmp_path
):
    folder = tmp_path / "site"
    shutil.copytree(bench_folder / "bench", folder / "bench")
    shutil.copytree(project.root / "assets/js", folder / "assets/js")
    complaints = []
    tab.on("console", lambda said: complaints.append(said.text))
    tab.goto((folder / "bench/index.html").as_uri())
    tab.wait_for_selector("#bench[data-state=failed]")
    assert "Choose the four files" in text(tab, "status")
    assert not tab.is_visible("[data-bench=board]") and not tab.is_visible("[data-bench=run-a]")
    tab.set_input_files("[data-bench=own]", files(project, PAIR[0]))
    tab.wait_for_selector("[data-bench=status]:has-text('bring a second one')")
    tab.set_input_files("[data-bench=own]", files(project, PAIR[1]))
    done(tab)
    assert tab.is_visible("[data-bench=board]") and tab.is_visible("[data-bench=run-a]")
    assert sorted(tab.evaluate("Bench.state.ids")) == sorted(f"{run} (yours)" for run in PAIR)
    row = tab.locator("[data-bench=board] tr", has_text="NLL").first.inner_text()
    assert "0.546" in row and "[" in row
    assert complaints == []


def test_the_site_holds_all_four_files_of_each_run_that_the_bench_offers(project):
    """The zip of the site is all that a reader has who is not connected."""
    from pycode.runs.bench import bench_runs
    from pycode.site.render.config import load_config

    names = set(load_config(project).resources())
    offered = set(re.findall(r'"id": "([^"]+)"', bench_runs(project)._repr_markdown_()))
    assert PAIR[0] in offered
    for run in offered:
        for name in ("record.json", "classes.json", "test.safetensors", "val.safetensors"):
            assert f"runs/{run}/{name}" in names


def test_a_link_to_a_section_ends_there_although_results_come_in_above(tab, bench_address):
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.goto(f"{bench_address}#bench-threshold-a")
    done(tab)
    top = "document.getElementById('bench-threshold-a').getBoundingClientRect().top"
    assert -5 <= tab.evaluate(top) <= 740


def test_two_files_of_a_run_log_are_compared_on_their_own_rows(bench, monkeypatch, tmp_path):
    from dataclasses import replace

    import numpy as np

    from pycode.evaluate import macro_f1
    from pycode.labs import runlog
    from pycode.labs.sample import synthetic_sample

    data = synthetic_sample()
    monkeypatch.setattr(runlog, "beside_predictions", lambda name: tmp_path / name)
    random = np.random.default_rng(0)
    log, scores = runlog.RunLog("runs.csv"), []
    for run, strength in (("first", 1.0), ("second", 3.0)):
        logits = random.normal(size=(len(data.val), data.n_classes))
        logits[np.arange(len(data.val)), data.val.labels] += strength
        log.keep(run, data, logits)
        guess = logits.astype(np.float16).argmax(axis=1)
        scores.append(macro_f1(data.val.labels, guess, data.n_classes))
    names = [str(tmp_path / f"{run}-val.safetensors") for run in ("first", "second")]
    log.keep("elsewhere", replace(data, name="other rows"), logits)
    bench.set_input_files(
        "[data-bench=own]", [names[0], str(tmp_path / "elsewhere-val.safetensors")]
    )
    bench.wait_for_selector("[data-bench=status]:has-text('the other file is on other rows')")
    memo = tmp_path / "week1-memo.md"
    memo.write_text("# Memo\n")  # whoever marks the whole folder takes it along
    bench.set_input_files("[data-bench=own]", [str(memo), *names])
    bench.wait_for_selector("[data-bench=name-b]:has-text('second (yours)')")
    done(bench)
    assert "validation rows" in text(bench, "facts")
    row = bench.locator("[data-bench=board] tr", has_text="Macro-F1").first.inner_text()
    assert all(f"{score:.3f}" in row for score in scores)
    bench.click("[data-bench=fit-a]")
    bench.wait_for_selector("[data-bench=status]:has-text('no second set of rows')")


def test_a_file_that_does_not_name_its_classes_gets_a_sentence(bench, project):
    bench.set_input_files("[data-bench=own]", files(project, PAIR[0], ["val.safetensors"]))
    bench.wait_for_selector("[data-bench=status]:has-text('does not name its classes')")
