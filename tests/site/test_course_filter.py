"""The course's page constructs through Pandoc alone: on the web, in decks and on paper."""

import subprocess
from pathlib import Path

import pypandoc
import pytest
from lxml import html

FILTER = Path(__file__).parents[2] / "assets/filters/course.lua"
CLAIM = '[0.132[TF-IDF, n = 1,604]{.claim-source}]{.claim tabindex="0" data-claim="tfidf:test.macro_f1"}'
PAIR = """::: {#fig-x}
![](light.png){.light-content alt="light"}

![](dark.png){.dark-content alt="dark"}

The caption.
:::
"""


def pandoc(markdown: str, to: str) -> str:
    command = [
        pypandoc.get_pandoc_path(),
        "-f",
        "markdown",
        "-t",
        to,
        "--wrap=none",
        "--lua-filter",
        str(FILTER),
    ]
    result = subprocess.run(command, input=markdown, capture_output=True, text=True, check=True)
    assert not result.stderr
    return result.stdout


def web(markdown: str, to: str = "html5") -> html.HtmlElement:
    return html.fromstring(f"<main>{pandoc(markdown, to)}</main>")


def texts(tree: html.HtmlElement, path: str) -> list[str]:
    return [node.text_content().strip() for node in tree.xpath(path)]


@pytest.mark.parametrize("to", ["html", "html5", "revealjs"])
@pytest.mark.parametrize(
    "markdown",
    [
        f"A {CLAIM} b.",
        f"| a |\n|---|\n| {CLAIM} |\n",
        f": {CLAIM}\n\n| a |\n|---|\n| 1 |\n",
        f"# S\n\n- {CLAIM}",
    ],
    ids=["text", "cell", "caption", "slide"],
)
def test_a_claim_keeps_its_source_on_the_web(markdown: str, to: str) -> None:
    (claim,) = web(markdown, to).xpath("//span[@class='claim']")
    (source,) = claim.xpath("span[@class='claim-source'][@role='note']")
    assert claim.get("data-claim") == "tfidf:test.macro_f1"
    assert claim.get("tabindex") == "0"
    assert claim.text_content() == "0.132 TF-IDF, n = 1,604"
    assert source.text_content().startswith(" ")


@pytest.mark.parametrize("to", ["typst", "latex", "plain", "docx", "ipynb"])
def test_a_source_is_dropped_on_paper(to: str, tmp_path: Path) -> None:
    if to == "docx":
        target = tmp_path / "out.docx"
        command = [
            pypandoc.get_pandoc_path(),
            "-f",
            "markdown",
            "--lua-filter",
            str(FILTER),
            "-o",
            str(target),
        ]
        subprocess.run(command, input=CLAIM, text=True, check=True)
        text = subprocess.check_output([command[0], "-t", "plain", str(target)], text=True)
    else:
        text = pandoc(CLAIM, to)
    assert "0.132" in text
    assert "TF-IDF" not in text


@pytest.mark.parametrize(
    ("kind", "label", "role"),
    [
        ("predict", "Predict first", "group"),
        ("twin", "Synthetic twin", "note"),
        ("decision", "For the decision", "group"),
        ("mind-change", "What would change our mind", "group"),
    ],
)
def test_a_box_says_what_it_is(kind: str, label: str, role: str) -> None:
    (box,) = web(f"::: {{#b .{kind}}}\nText.\n:::").xpath(f"div[@class='{kind}']")
    assert (box.get("id"), box.get("role"), box.get("aria-label")) == ("b", role, label)
    assert [(child.tag, child.get("class")) for child in box] == [("p", "box-label"), ("p", None)]
    assert texts(box, "p") == [label, "Text."]


def test_a_box_takes_its_own_label_and_keeps_no_tooltip() -> None:
    (box,) = web("::: {.twin title=\"A <twin> & 'more'\"}\nx\n:::").xpath("div")
    assert texts(box, "p[@class='box-label']") == ["A <twin> & 'more'"]
    assert box.get("title") is None and box.get("data-title") is None


@pytest.mark.parametrize(
    ("kind", "summary"), [("reveal", "Show the result"), ("hint", "Hint"), ("solution", "Solution")]
)
def test_a_fold_is_closed_and_has_a_summary(kind: str, summary: str) -> None:
    (fold,) = web(f"::: {{#f .{kind} .wide}}\nText.\n:::").xpath("details")
    assert fold.get("id") == "f"
    assert fold.get("class").split() == [kind, "wide", f"fold-{kind}"]
    assert fold.get("open") is None
    assert [(child.tag, child.get("class")) for child in fold] == [
        ("summary", None),
        ("div", "fold-body"),
    ]
    assert texts(fold, "*") == [summary, "Text."]


@pytest.mark.parametrize("name", ["summary", "title"])
def test_a_fold_takes_its_own_summary_and_can_be_open(name: str) -> None:
    (fold,) = web(f'::: {{.hint {name}="Try <b>" open=true}}\nx\n:::').xpath("details")
    assert texts(fold, "summary") == ["Try <b>"]
    assert fold.get("open") is not None
    assert web("::: {.hint open=false}\nx\n:::").xpath("details")[0].get("open") is None


def test_a_heading_in_a_fold_does_not_break_it() -> None:
    tree = web("# A\n\n::: {.solution}\n## Inside\n\nx\n:::\n\nafter\n\n## Next")
    (fold,) = tree.xpath("//details")
    assert texts(fold, ".//h2") == ["Inside"]
    assert "after" not in fold.text_content()


def test_a_deck_is_not_given_a_second_reveal_root() -> None:
    (fold,) = web("## S\n\n::: {.reveal}\nx\n:::", "revealjs").xpath("//details")
    assert fold.get("class") == "fold-reveal"


def test_boxes_and_folds_nest() -> None:
    source = f":::: {{.predict}}\nQ\n\n::: {{.hint}}\n{CLAIM}\n:::\n::::"
    (claim,) = web(source).xpath("div[@class='predict']/details/div/p/span[@class='claim']")
    assert claim.xpath("span/@role") == ["note"]


@pytest.mark.parametrize(
    "kind", ["predict", "twin", "decision", "mind-change", "reveal", "hint", "solution"]
)
@pytest.mark.parametrize("to", ["typst", "latex", "plain"])
def test_paper_shows_everything_under_its_label(kind: str, to: str) -> None:
    text = pandoc(f'::: {{.{kind} title="My label"}}\nText of the block.\n:::', to)
    assert text.index("My label.") < text.index("Text of the block.")
    assert "<details" not in text


def test_a_label_with_a_question_mark_gets_no_full_stop() -> None:
    assert "How many?*" in pandoc('::: {.hint title="How many?"}\nx\n:::', "markdown")


def test_typst_takes_the_boxes(tmp_path: Path) -> None:
    typst = pytest.importorskip("typst")
    kinds = ["predict", "twin", "decision", "mind-change", "reveal", "hint", "solution"]
    source = tmp_path / "page.typ"
    source.write_text(
        "\n".join(pandoc(f"::: {{#x-{kind} .{kind}}}\n{CLAIM} [b]\n:::", "typst") for kind in kinds)
    )
    assert typst.compile(str(source)).startswith(b"%PDF")


def test_the_web_gets_both_inks_and_paper_the_light_one() -> None:
    assert web(PAIR).xpath("//img/@src") == ["light.png", "dark.png"]
    assert web(PAIR, "revealjs").xpath("//img/@data-src") == ["light.png", "dark.png"]
    paper = pandoc(PAIR, "typst")
    assert "light.png" in paper and "dark.png" not in paper and "The caption." in paper


def test_nothing_is_left_of_a_dark_block_on_paper() -> None:
    source = "A\n\n![](dark.png){.dark-content}\n\n::: {.dark-content}\nnight\n:::\n\nB\n\n![c](dark.png){.dark-content}"
    assert pandoc(source, "native").count("Para") == 4 - 2
    assert pandoc(source, "typst").split() == ["A", "B"]


def test_other_divs_and_spans_are_left_alone() -> None:
    source = '::: {.callout-note title="T"}\n[a]{.b} x\n:::\n'
    assert 'title="T"' in pandoc(source, "html5")
    assert '<span class="b">a</span>' in pandoc(source, "html5")


def test_names_with_a_hyphen_and_short_cells_do_not_break() -> None:
    tree = web(
        "Its macro-F1, for TF-IDF.\n\n"
        f"| a | {CLAIM} |\n|---|---|\n| 18–20 | a sentence that may be broken |\n| | 5 May |\n"
    )
    assert texts(tree, "//p/span[@class='nowrap']") == ["macro-F1,", "TF-IDF."]
    short = tree.xpath("//*[self::td or self::th][contains(@class, 'nowrap')]")
    assert [cell.text_content().strip()[:5] for cell in short] == ["a", "0.132", "18–20", "5 May"]
    assert "nowrap" not in pandoc("Its macro-F1.\n\n| a |\n|---|\n| b |\n", "typst")


@pytest.mark.parametrize(
    ("printed", "columnar"),
    [
        (
            "run    what       acc.  F1    zero\ntfidf  words      0.51  0.1   3\nnet    a network  0.55  0.2   2",
            True,
        ),
        (
            "53  true: A card  →  taken for: B\n52  true: A card  →  taken for: C\n26  true: A card  →  taken for: D",
            False,
        ),
        ("   4  Other fee  →  Fees\n  12  Advertising  →  Fees or interest\n   3  a  →  b", False),
        ("A sentence.  Another.\nAnd one more.\nThe end.", False),
        ("two  columns\nin  two\nrows  only", False),
    ],
)
def test_only_printed_tables_keep_their_lines(printed: str, columnar: bool) -> None:
    source = f"::: {{.cell-output .cell-output-stdout}}\n```\n{printed}\n```\n:::\n"
    (output,) = web(source).xpath("//div[contains(@class, 'cell-output ')]")
    assert ("columnar" in output.get("class").split()) is columnar


def test_a_number_keeps_its_percent_sign():
    text = web("A 95 % interval, 4 of 5, and % alone; *95 %* too.").text_content()
    assert text.strip() == "A 95\u00a0% interval, 4 of 5, and % alone; 95\u00a0% too."
