import dataclasses
import json

import pytest

from pycode.errors import CourseError
from pycode.experiment.config import read_config, resolved
from pycode.experiment.registry import KINDS, kind_module
from pycode.runs.schema import KINDS as KINDS_OF_RECORDS

GOOD = "description: a run\nkind: tfidf-lr\ndata: {name: cfpb-8k}\n"


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
