import dataclasses
import json

import pytest

from pycode.errors import CourseError
from pycode.experiment.config import read_config, resolved
from pycode.experiment.registry import KINDS, kind_module
from pycode.runs.schema import KINDS as KINDS_OF_RECORDS

GOOD = "description: a run\nkind: tfidf-lr\ndata: {name: cfpb-8k}\n"
TUNED = "description: a run\nkind: fine-tune\ndata: {{name: cfpb-8k}}\nrecipe: {{{}}}\n"


def of_kind(kind: str, recipe: str) -> str:
    return TUNED.replace("fine-tune", kind).format(recipe)


def test_defaults_are_filled_in_and_plain(course, declare):
    config = read_config(course.runs, declare("a-run", GOOD))
    assert config.seeds == (0,)
    assert config.recipe.max_features == 50_000
    plain = resolved(config)
    assert json.loads(json.dumps(plain)) == plain
    assert plain["recipe"]["c"] == [1.0]
    assert plain["recipe"]["first_words"] is None


def test_given_fields_are_taken(course, declare):
    text = GOOD + "seeds: [1, 2]\nrecipe: {first_words: 128, c: [1, 0.5], sublinear_tf: false}\n"
    config = read_config(course.runs, declare("a-run", text))
    assert config.seeds == (1, 2)
    assert (config.recipe.first_words, config.recipe.c) == (128, (1.0, 0.5))
    assert config.recipe.sublinear_tf is False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "recepie: {}\n", "unknown field 'recepie'.*Did you mean 'recipe'"),
        (GOOD + "recipe: {max_feature: 5}\n", "recipe has an unknown field.*'max_features'"),
        (GOOD + "recipe: {max_features: many}\n", "recipe.max_features must be a whole number"),
        (GOOD + "recipe: {max_features: true}\n", "must be a whole number; got True"),
        (GOOD + "recipe: {c: 1.0}\n", "recipe.c must be a list"),
        (GOOD + "recipe: {c: [1e-5]}\n", "write 1.0e-5"),
        (GOOD + "recipe: {c: [-1]}\n", "above 0"),
        (GOOD + "recipe: {first_words: 0}\n", "1 or more"),
        (GOOD + "recipe: [1]\n", "recipe must hold named fields"),
        (GOOD + "seeds: 4\n", "seeds must be a list"),
        (GOOD.replace("tfidf-lr", "tfidf"), "Unknown kind.*Did you mean 'tfidf-lr'"),
        (GOOD.replace("tfidf-lr", "[a]"), "Unknown kind"),
        (GOOD.replace("name: cfpb-8k", "nam: x"), "data has an unknown field 'nam'.*'name'"),
        (GOOD.replace("name: cfpb-8k", ""), "data lacks the field 'name'"),
        (GOOD.replace("description: a run\n", ""), "lacks the field 'description'"),
        ("- a list\n", "must hold fields"),
        ("kind: [\n", "line"),
        (GOOD + "seeds: []\n", r"seeds must be one or more different.*; got \[\]"),
        (GOOD + "seeds: [-1]\n", r"whole numbers from 0 to 4294967295; got \[-1\]"),
        (GOOD + "seeds: [4294967296]\n", "from 0 to 4294967295; got"),
        (GOOD + "seeds: [1, 1]\n", r"different whole numbers.*; got \[1, 1\]"),
        (GOOD.replace("a run", ""), "description must be text; got None"),
        (GOOD.replace("a run", '" "'), "description: text is needed, got an empty string"),
        (
            GOOD.replace("a run", '"a\\nrun"'),
            "description: one line of text is needed, got several",
        ),
        (GOOD + "recipe: 0\n", "recipe must hold named fields; got int"),
        (GOOD + "recipe: []\n", "recipe must hold named fields; got list"),
        (GOOD + "recipe: {max_features: 0}\n", "recipe.max_features must be 1 or more; got 0"),
        (GOOD + "recipe: {longest_ngram: 0}\n", "recipe.longest_ngram must be 1 or more; got 0"),
        (GOOD + "seeds: [1]\nseeds: [2]\n", "config.yml, line 5: the key 'seeds' is given twice"),
        (TUNED.format("train_rows: -5"), "recipe.train_rows must be 0 .* or more; got -5"),
        (TUNED.format("max_length: 600"), "max_length must be 8 to 512 for minilm.*; got 600"),
        (TUNED.format("max_length: 2"), "max_length must be 8 to 512 for minilm.*; got 2"),
        (TUNED.format("model: minlm"), "Unknown model 'minlm'.*Did you mean 'minilm'"),
        (of_kind("distill", "max_length: 513"), "8 to 512 for minilm-3"),
        (of_kind("distill", "train_rows: -5"), "recipe.train_rows"),
        (of_kind("teacher", "max_length: 513"), "8 to 512 for minilm"),
        (of_kind("teacher", "train_rows: -5"), "recipe.train_rows"),
        (of_kind("train-speed", "max_length: 513"), "8 to 512 for minilm"),
        (of_kind("train-speed", "train_rows: -5"), "recipe.train_rows"),
        (of_kind("pretrain", "max_length: 513"), "8 to 512 for decoder-cfpb"),
        (of_kind("pretrain", "twin_rows: -1"), "recipe.twin_rows must be 0 or more; got -1"),
        (of_kind("embed-lr", "max_length: 513"), "8 to 512 for minilm"),
        (of_kind("compress", "model: minilm, max_length: 513"), "8 to 512 for minilm"),
        (of_kind("compress", "source: a, rows: -1"), "rows and threads are 0 or more"),
        (of_kind("text-audit", "bin_words: 0"), "recipe.bin_words must be 1 or more; got 0"),
        (of_kind("token-lengths", "bin_tokens: -1"), "recipe.bin_tokens must be 1 or more; got -1"),
        (of_kind("interval-coverage", "test_sets: 0"), "recipe.test_sets must be 1 or more"),
        (of_kind("interval-coverage", "rows: []"), r"recipe.rows needs one or more.*; got \[\]"),
        (of_kind("interval-coverage", "recall_a: [2.0, 0.5]"), "recall_a needs two chances"),
        (of_kind("interval-coverage", "recall_b: [0.5]"), "recall_b needs two chances"),
    ],
)
def test_bad_configs_are_one_clear_sentence(course, declare, text, message):
    with pytest.raises(CourseError, match=message):
        read_config(course.runs, declare("a-run", text))


@pytest.mark.parametrize("run_id", ["tfidf", "../runs/a-run", ""])
def test_unknown_runs_name_the_nearest(course, declare, run_id):
    declare("tfidf-x", GOOD)
    with pytest.raises(CourseError, match="No run|is declared"):
        read_config(course.runs, run_id)
    with pytest.raises(CourseError, match="Did you mean 'tfidf-x'"):
        read_config(course.runs, "tfid-x")


@pytest.mark.parametrize("run_id", ["A-Run", "a run", "-a", "published", "a" * 81])
def test_ids_that_no_record_may_have_are_refused_before_any_work(course, declare, run_id):
    with pytest.raises(CourseError, match="A run's id"):
        read_config(course.runs, declare(run_id, GOOD))


def test_the_last_seed_and_a_recipe_without_fields_are_taken(course, declare):
    config = read_config(course.runs, declare("a-run", GOOD + "seeds: [0, 4294967295]\nrecipe:\n"))
    assert config.seeds == (0, 2**32 - 1)
    assert config.recipe.max_features == 50_000


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_what_the_runner_needs(kind):
    module = kind_module(kind)
    assert dataclasses.is_dataclass(module.Recipe)
    assert module.Recipe.__dataclass_params__.frozen
    assert module.RECORD_KIND in KINDS_OF_RECORDS
    assert callable(module.run)
    assert module.__doc__


def test_declared_runs_of_this_project_are_valid(project):
    ids = sorted(path.parent.name for path in project.runs.glob("*/config.yml"))
    assert "tfidf-cfpb8k" in ids
    for run_id in ids:
        config = read_config(project.runs, run_id)
        # What only the hub has gets its fingerprint with the first run: the refusal prints the line.
        assert len(config.data.fingerprint) == 64 or "hub" in config.needs
