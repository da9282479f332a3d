"""`course check claims`, rule by rule: where it looks, what it finds, and what it says."""

import pytest
from helpers_claims import course_with, messages, problems
from hypothesis import given, settings
from hypothesis import strategies as st

from pycode.errors import CourseError
from pycode.site.checks import claims
from pycode.site.checks.claim_rules.literals import literals
from pycode.site.checks.claim_rules.mask import mask
from pycode.site.checks.claim_rules.passage import Passage
from pycode.site.checks.claim_rules.pieces import pieces

COMPARED = 'The decoder is better: `{python} claim("published:dec.lora.e3.macro_f1")` macro-F1.'


@pytest.mark.parametrize(
    ("text", "literal", "look"),
    [
        ("It reached 54.2 % of accuracy.", "54.2 %", "percentage"),
        ("It reached 54.2% on the rows.", "54.2%", "percentage"),
        ("About 85–90 % of the texts fit.", "85–90 %", "percentage"),
        ("The macro-F1 is 0.132 there.", "0.132", "score"),
        ("An accuracy of .542 is not much.", ".542", "score"),
        ("The loss fell to 1.18 at the end.", "1.18", "score"),
        ("One text takes 2.31 ms.", "2.31 ms", "latency"),
        ("That is 120 examples/s on it.", "120 examples/s", "speed"),
        ("It handles 100 texts per second.", "100 texts per second", "speed"),
        ("Training took 32 minutes.", "32 minutes", "duration"),
        ("An epoch needs 624 s on a T4.", "624 s", "duration"),
        ("Peak memory was 7.7 GB.", "7.7 GB", "size"),
        ("The file has a size of 144 MB.", "144 MB", "size"),
        ("It is 2.5× slower in int8.", "2.5×", "factor"),
        ("It is 12x slower there.", "12x", "factor"),
        ("It is three times slower.", "three times slower", "factor"),
        ("It is twice as fast.", "twice as fast", "factor"),
        ("The model never hits 47 classes.", "47 classes", "count of classes"),
        ("It gets 43 of 113 classes right.", "43 of 113 classes", "count of classes"),
        ("There are 57,846 rows.", "57,846", "count"),
        ("There are 57846 rows.", "57846", "count"),
        ("We counted 2.96 million complaints.", "2.96 million complaints", "count"),
        ("It fails on 12 of 500 examples.", "12 of 500 examples", "count"),
        ("There are nine modules.", "nine modules", "count of modules"),
        ("Write $0.132$ and be done with accuracy.", "0.132", "score"),
    ],
)
def test_results_typed_by_hand_are_found(tmp_path, text, literal, look):
    found = problems(tmp_path, f"# A page\n\n{text}\n")
    assert [item.line for item in found] == [3], found
    assert f"'{literal}' looks like a {look} typed by hand" in found[0].message
    assert "{.example}" in found[0].message
    assert "runs/allowed_literals.yml" in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        "Use a learning rate of 0.0005 and a dropout of 0.10, warm-up over 10 % warm-up steps.",
        "A 95 % interval holds the value; the 99 % confidence level is wider.",
        "Texts are cut at 128 tokens, in batches of 32, for 3 epochs, with seed 42.",
        "The lab takes 80 minutes, the homework 5–6 hours, and week 2 starts at 13:30.",
        "On 8 April 2026 (2026-04-08), week 3 of 6, slide 12, version 1.4, Python 3.11.",
        "ModernBERT-base has 22 layers of 768 numbers; Qwen2.5-0.5B is a decoder.",
        "See [the paper](https://arxiv.org/abs/2412.13663) and @warner2024, or <https://x.org/0.132>.",
        "The code `accuracy = 0.54` shows `0.132`; the formula $p = 0.85$ gives $-\\log p = 0.16$.",
        "<!-- 54.2 % --> A comment counts for nothing.",
        "In a toy problem [the accuracy is 90 % and 0.95]{.example} by construction.",
        "A picture of 768 × 768 pixels, a 3 × 3 matrix, an NVIDIA T4 and an A100.",
        "The memo is worth {{< var assessment.memos >}} % and the quiz "
        "{{< var assessment.quizzes >}} %.",
        "Chapter 4.1, CC BY 4.0, ModernBERT 2024, arXiv:2412.13663, bf16, fp16, int8.",
        "Four models, two seeds, three weeks; half of the class; one in ten.",
        "A reader needs about 25 minutes and no GPU; repeat it three times.",
    ],
)
def test_constants_settings_and_marked_examples_pass(tmp_path, text):
    assert messages(tmp_path, f"# A page\n\n{text}\n") == ""


def test_every_place_that_readers_see_is_read(tmp_path):
    page = """---
title: "It reached 1.11 % here"
description: "It reached 2.22 % here"
---

# A heading with 3.33 %

| Model | Share |
|:--|--:|
| baseline | 4.44 % |

: A caption with 5.55 %

![Another with 6.66 %](x.png){fig-alt="An alt text with 7.77 %"}

::: {.callout-note title="A title with 8.88 %"}
A list:

- with 9.99 %
:::

::: {.notes}
Notes with 10.1 %.
:::

```{python}
#| fig-cap: "A cell's caption with 11.1 %"
#| fig-alt: "A cell's alt text with 12.2 %"
x = 0.1234
ax.set_title("A title with 13.3 % of it")
Markdown(f"Some text with 14.4 % and {x}")
```

<img src="x.png" alt="An image with 15.5 %">

[^1]: A footnote with 16.6 %.
"""
    text = messages(tmp_path, page)
    wanted = [f"{n}.{n}{n} %" for n in range(1, 10)] + [f"1{n}.{n} %" for n in (1, 2, 3, 4, 5, 6)]
    assert [item for item in ["10.1 %", *wanted] if f"'{item}'" not in text] == []
    assert "0.1234" not in text
    assert len(text.splitlines()) == 16


def test_claims_that_do_not_resolve_are_found_wherever_they_stand(tmp_path):
    page = """# A page

Inline `{python} claim("published:enc.ft.e3.macro_f")` and `{python} runs.claim("nothing:test.x")`.

```{python}
a = claim("published:q5.enc.fp16.latenzy")
rows = [claim(item) for item in ("published:enc.ft.e3.accuracy", "published:enc.ft.e9.accuracy")]
compare("one", "two", "test.macro_f1")
ratio("published:dec.lora.single_ms_median", "published:q5.enc.fp16.latency")
```
"""
    found = [(item.line, item.message) for item in problems(tmp_path, page)]
    assert [line for line, _ in found] == [3, 3, 6, 7, 8, 9]
    text = "\n".join(message for _, message in found)
    for part in (
        "Did you mean 'enc.ft.e3.macro_f1'", "no run 'nothing'",
        "Did you mean 'q5.enc.fp16.latency'",
        "Did you mean 'published:enc.ft.e", "no run 'one'", "sequence policy",
    ):  # fmt: skip
        assert part in text


def test_a_latency_without_its_conditions_does_not_resolve(tmp_path):
    page = 'It takes `{python} claim("published:dec.latency_slide")` per text.\n'
    assert "lacks device, dtype, sequence policy, statistic" in messages(tmp_path, page)


def test_calls_with_unknown_arguments_and_broken_code_are_left_to_the_freeze(tmp_path):
    page = """```{python}
claim(f"{run}:test.macro_f1"); claim(name, style=style)
%matplotlib inline
```

```{python}
this is (not python
```
"""
    assert messages(tmp_path, page) == ""


def test_quizzes_and_the_site_description_are_read(tmp_path):
    project = course_with(tmp_path)
    (tmp_path / "_quarto.yml").write_text(
        'website:\n  title: A course\n  description: "54.2 % of it"\n', encoding="utf-8"
    )
    (tmp_path / "quiz.yml").write_text(
        "title: A quiz\nquestions:\n"
        "  - text: Which accuracy?\n"
        "    options:\n"
        '      - text: "{claim:published:enc.ft.e3.accuracy}"\n'
        "        reason: Because 54.3 % is too low.\n"
        '      - text: "{claim:published:enc.ft.e3.accuracyy}"\n',
        encoding="utf-8",
    )
    found = {(item.path, item.line): item.message for item in claims.check(project)}
    assert "'54.2 %'" in found["_quarto.yml", 3]
    assert "'54.3 %' in the quiz" in found["quiz.yml", 6]
    assert "Did you mean 'enc.ft.e3.accuracy'" in found["quiz.yml", 7]
    assert len(found) == 3


@pytest.mark.parametrize(
    "ending",
    [
        ' The difference is `{python} compare("a", "b", "test.macro_f1")`.',
        ' It is `{python} claim("published:boot4.diff", "interval")` above the encoder.',
        " The original gives it without an interval.",
        " We call it a tie.",
    ],
)
def test_an_interval_or_an_honest_word_allows_a_comparison(tmp_path, ending):
    assert "“better” without an interval" in messages(tmp_path, f"{COMPARED}\n")
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert "without an interval:" not in messages(tmp_path, f"{COMPARED}{ending}\n")


@pytest.mark.parametrize(
    "text",
    [
        'Accuracy is `{python} claim("published:enc.ft.e3.accuracy")`; higher is better.',
        'A better question is why `{python} claim("published:enc.ft.e3.accuracy")` is all.',
        'Fewer than `{python} claim("published:data.n_lt100")` classes have lower counts.',
        'The lower bound comes first. `{python} claim("published:enc.ft.e3.accuracy")` is next.',
        "A faster kernel is a better kernel, and nobody claims a number.",
    ],
)
def test_words_that_compare_no_results_pass(tmp_path, text):
    assert messages(tmp_path, f"{text}\n") == ""


def test_an_interval_in_another_paragraph_does_not_count(tmp_path):
    page = f'{COMPARED}\n\nHere is `{{python}} claim("published:boot4.diff", "interval")`.\n'
    assert "“better” without an interval" in messages(tmp_path, page)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('On the test set it has `{python} claim("published:enc.ft.e3.accuracy")`.', "says test"),
        ('In int8 it needs `{python} claim("published:q5.enc.fp16.latency")`.', "says int8"),
        ('The distilled one has `{python} claim("published:kd.van.f1")`.', "says distilled"),
        ('QLoRA gives `{python} claim("published:enc.lora.e3.macro_f1")`.', "says QLoRA"),
        ('| | LoRA |\n|--|--|\n| F1 | `{python} claim("published:enc.ft.e3.macro_f1")` |', "LoRA"),
    ],
)
def test_a_result_under_another_name_is_found(tmp_path, text, says):
    assert says in messages(tmp_path, f"{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        'LoRA has `{python} claim("published:enc.lora.e3.macro_f1")` and full fine-tuning '
        '`{python} claim("published:enc.ft.e3.macro_f1")`.',
        'ECE fell from `{python} claim("published:kd.half.van.ece")` to '
        '`{python} claim("published:kd.half.dis.ece")` by distillation.',
        'On validation rows it has `{python} claim("published:enc.ft.e3.accuracy")`.',
        '| | LoRA | full fine-tuning |\n|--|--|--|\n| F1 | `{python} claim("published:enc.lora.e3.'
        'macro_f1")` | `{python} claim("published:enc.ft.e3.macro_f1")` |',
        'The teacher has `{python} claim("published:teach.f1")` on validation rows.',
    ],
)
def test_results_under_their_own_name_pass(tmp_path, text):
    assert messages(tmp_path, f"{text}\n") == ""


def test_both_sides_of_a_contradiction_on_one_page(tmp_path):
    sides = [
        f'`{{python}} claim("published:{name}")`'
        for name in ("dec.lora.e3.macro_f1", "dec.blog10.f1")
    ]
    page = f"The decoder has {sides[0]}.\n\nLater it has {sides[1]}.\n"
    found = messages(tmp_path, page)
    assert "contradict each other and stand on one page" in found
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert messages(tmp_path, f"{page}\nThe original disagrees with itself here.\n") == ""


def test_permitted_literals_need_a_reason_and_a_use(tmp_path):
    project = course_with(tmp_path, page="A T4 has 16 GB of memory.\n")
    path = tmp_path / "runs" / "allowed_literals.yml"
    path.write_text(
        "- {pages: '*', pattern: '16 GB', reason: data sheet}\n"
        "- {pages: 'other.qmd', pattern: '16', reason: never used}\n",
        encoding="utf-8",
    )
    found = [str(item) for item in claims.check(project)]
    assert len(found) == 1
    assert "permits nothing that is there: remove it" in found[0]
    for text, says in {
        "- {pages: '*', pattern: '16 GB'}": "reason",
        "- {pages: '*', pattern: '(', reason: r}": "no regular expression",
        "- {page: '*', pattern: '1', reason: r}": "Did you mean 'pages'",
        "a: 1": "a list",
    }.items():
        path.write_text(f"{text}\n", encoding="utf-8")
        assert says in str(claims.check(project)[0])


def test_a_permit_covers_only_what_it_matches(tmp_path):
    project = course_with(
        tmp_path, page="A T4 has 16 GB of memory, the model takes 7 GB of memory.\n"
    )
    (tmp_path / "runs" / "allowed_literals.yml").write_text(
        "- {pages: '*', pattern: '16 GB', reason: data sheet}\n", encoding="utf-8"
    )
    found = claims.check(project)
    assert ["'7 GB'" in item.message for item in found] == [True]


def test_examples_are_counted_and_listed(tmp_path):
    project = course_with(
        tmp_path,
        page="It says [90 %]{.example} here.\n\n::: {.example}\nA made-up accuracy of 0.95.\n:::\n",
    )
    assert claims.check(project) == []
    assert claims.examples(project) == [
        ("page.qmd", 4, "A made-up accuracy of 0.95."),
        ("page.qmd", 1, "90 %"),
    ]


def test_where_no_claim_can_stand_the_advice_is_words(tmp_path):
    page = '---\ntitle: "It has 54.2 %"\n---\n\n![Rising](x.png){fig-alt="A line to 63.5 %"}\n'
    found = problems(tmp_path, page)
    assert len(found) == 2
    assert all("say it in words" in item.message for item in found)
    assert all("{.example}" not in item.message for item in found)


def test_an_artefact_that_is_not_that_of_the_record(tmp_path):
    from pycode.files import write_json
    from pycode.runs.record import Record

    project = course_with(tmp_path)
    folder = tmp_path / "runs" / "one"
    made = Record(
        id="one", description="d", kind="audit", mode="full", model="m", config={}, seeds=[],
        data={"source": "local", "name": "d", "fingerprint": "f", "n": {"all": 1}}, metrics={},
        duration_s=1, hardware={"device": "CPU"}, packages={}, code_commit="unknown",
        created="2026-04-08", artifacts={"tables.json": "0" * 64},
    )  # fmt: skip
    write_json(folder / "record.json", made.to_json())
    assert "tables.json is missing" in str(claims.check(project)[0])
    (folder / "tables.json").write_text("{}", encoding="utf-8")
    assert "is not the file of the record" in str(claims.check(project)[0])


def test_a_page_that_cannot_be_read_is_one_problem(tmp_path):
    found = problems(tmp_path, "```{python}\n1\n")
    assert len(found) == 1
    assert "never closed" in found[0].message


def test_built_hidden_and_test_folders_are_left_out(tmp_path):
    project = course_with(tmp_path)
    for folder in ("_site", ".cache", "tests", "node_modules/x"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "page.qmd").write_text("It is 54.2 %.\n", encoding="utf-8")
    assert claims.check(project) == []


PARTS = st.sampled_from(
    [
        "54.2 %", "0.132", "`", "``", "$", "$$", "[", "]", "{.example}", "{", "}", "<!--", "-->",
        "<b",
        ">", "|", "\n", "\n\n", ":::", "::: {.example}\n", "\n:::\n", "# ", "- ", "1. ", "@x",
        "(", ")",
        "{{< var a >}}", "](http://x)", "F1", " ", "\\", "ue", "\ue000", "\ue001",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(PARTS, max_size=40))
def test_masking_moves_nothing_and_never_fails(parts):
    text = "".join(parts)
    try:
        out = mask(text)
    except CourseError as error:
        assert "never closed" in str(error)
        return
    assert len(out.text) == len(text)
    assert [i for i, c in enumerate(out.text) if c == "\n"] == [
        i for i, c in enumerate(text) if c == "\n"
    ]
    for piece in pieces(out.text):
        first = piece.text.split("\n")[0].split(" · ")[0].strip()
        assert first in out.text.split("\n")[piece.line - 1]
        for literal in literals(Passage("p", 1, piece.text.replace("\ue000", ""))):
            assert literal.start < literal.end
