"""Pages are executed where they stand, quietly and reproducibly; mistakes name page and line."""

import re

import pytest

from pycode.errors import CourseError
from pycode.site.freeze.execute import execute
from pycode.site.freeze.source import read_page_source


def run(project, name="page.qmd"):
    return execute(read_page_source(project, name), project)


def cell(code, *options):
    return "".join(["```{python}\n", *(f"#| {item}\n" for item in options), code, "\n```\n\n"])


PAGE = "".join(
    [
        "---\ntitle: T\nformat: {html: default, typst: default}\n---\n\n",
        cell("import os, sys, helper, warnings\nprint(os.path.basename(os.getcwd()), helper.NAME)"),
        cell("print(os.environ['COURSE_TEST'])\nprint(sorted({'b', 'a', 'c'}, key=hash) is None)"),
        cell("for i in range(3): print(f'\\rstep {i}', end='')\nprint('\\rdone   ')"),
        cell("print(' 10%|█         | 1/10 [00:00<00:01]\\nkept', object())"),
        cell("warnings.warn('soon gone', FutureWarning)\nwarnings.warn('real')", "label: quiet"),
        cell("warnings.warn('soon gone', FutureWarning)", "warning: true", "label: loud"),
        cell("print(os.path.join(os.getcwd(), 'x.txt'))"),
        cell("print('\\x1b[1;31mbold red\\x1b[0m \\x1b[38;5;208morange')", "label: ansi"),
        "Text with `{python} '1 * 2_3'`, `{python} 6 * 7` and `{python} helper.Marked()`.\n\n",
        cell("helper.Marked()"),
        cell("import pandas as pd\npd.DataFrame({'a': [1]})", "label: tbl-a", "tbl-cap: Cap"),
        cell("", "include: false"),
        cell(""),
        cell(
            "import matplotlib.pyplot as plt\nplt.plot([1, 2])", "label: fig-a", "fig-cap: A figure"
        ),
    ]
)
HELPER = """
NAME = "helper"


class Marked:
    def _repr_markdown_(self):
        return "**marked**"
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    from pycode.project import Project

    root = tmp_path_factory.mktemp("site")
    files = {
        "_quarto.yml": "project: {type: website}\n",
        "sub/page.qmd": PAGE,
        "helper.py": HELPER,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_TEST", "passed on")
        return run(Project(root), "sub/page.qmd")


def test_cells_run_in_the_page_folder_with_the_project_on_the_path(done):
    markdown = done.entries["html"].markdown
    assert "sub helper\n" in markdown
    assert "passed on\n" in markdown
    assert done.used["modules"] == ["helper.py"]
    assert done.used["packages"]["python"].startswith("3.")


def test_noise_is_removed(done):
    markdown = done.entries["html"].markdown
    assert "\ndone   \n" in markdown and "step 0" not in markdown
    assert "```\nkept <object object>\n```" in markdown
    assert "\x1b" not in markdown
    assert "\nsub/x.txt\n" in markdown


def test_only_a_cell_that_asks_shows_deprecations(done):
    markdown = done.entries["html"].markdown
    quiet, loud = markdown.split("#quiet")[1].split("#loud")
    assert "UserWarning: real" in quiet and "soon gone" not in quiet.split("```\n\n", 1)[1]
    assert "<ipykernel>.py:1: FutureWarning: soon gone" in loud


def test_colours_become_quarto_spans_or_nothing(done):
    html, typst = done.entries["html"].markdown, done.entries["typ"].markdown
    assert (
        '<span class="ansi-red-fg ansi-bold">bold red</span> <span style="color:rgb(255,135,0)">'
        in html
    )
    assert "```\nbold red orange\n```" in typst


def test_inline_values_are_escaped_unless_they_are_markdown(done):
    for entry in done.entries.values():
        assert "Text with 1 \\* 2\\_3, 42 and **marked**.\n" in entry.markdown


def test_one_execution_serves_two_outputs(done):
    html, typst = done.entries["html"], done.entries["typ"]
    assert html.supporting == ("page_files/figure-html",)
    assert typst.supporting == ("page_files/figure-typst",)
    assert sorted(done.figures) == ["figure-html", "figure-typst"]
    assert "::: {#quiet .cell execution_count=5}" in html.markdown
    assert "::: {.cell execution_count=1}" in typst.markdown
    assert "::: {#tbl-a .cell tbl-cap='Cap' execution_count=10}" in typst.markdown
    assert re.search(
        r"!\[A figure\]\(page_files/figure-typst/fig-a-output-1\.svg\)", typst.markdown
    )


def test_empty_cells_count_as_in_quarto(done):
    # a cell with options only is counted, one with nothing at all is not
    assert "::: {#cell-fig-a .cell execution_count=12}" in done.entries["html"].markdown


def test_figures_are_reproducible_svg_with_their_size(done):
    (svg,) = done.figures["figure-html"].values()
    assert b"<dc:date>" not in svg and b"Matplotlib v" not in svg
    match = re.search(r"width=(\d+) height=(\d+)\}", done.entries["html"].markdown)
    points = re.search(rb'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    wanted = [float(value) * 96 / 72 for value in points.groups()]
    assert [int(value) for value in match.groups()] == pytest.approx(wanted, abs=0.51)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x\n\n" + cell("def f():\n    return 1 / 0\n\nf()", "label: a"),
            r"^page\.qmd:6: the cell at page\.qmd:3 raised ZeroDivisionError: division by zero\n\n-+",
        ),
        (
            "x\n\n" + cell("a = 1\nb = = 2"),
            r"^page\.qmd:5: the cell at page\.qmd:3 raised SyntaxErr",
        ),
        ("x\n\nthen `{python} nope`\n\n" + cell("1"), r"^page\.qmd:3: `nope` raised NameError"),
        (
            "`{python} nope`\n\n" + cell("1") + "x `{python} 1 / 0`\n",
            r"^page\.qmd:1: `nope` raised [^\n]+\npage\.qmd:7: `1 / 0` raised ZeroDivisionError",
        ),
        (cell("a = 1") + "one\n`{python} None`\n", r"^page\.qmd:6: `None` gives None"),
        (cell("import os; os._exit(1)"), r"^page\.qmd:1: the kernel died"),
        (cell("print('/home/ann/data.csv')"), r"^page\.qmd:1: .*path '/home/ann/data\.csv'"),
        (
            cell("print('hf_' + 'a' * 30)"),
            r"^page\.qmd:1: .*like a secret \(token or key\): remove",
        ),
        (
            cell("1")
            + cell("from IPython.display import Javascript, display\ndisplay(Javascript('1'))"),
            r"^page\.qmd:5: a page cannot hold this output \(application/javascript, text/plain\)",
        ),
    ],
)
def test_failures_name_page_and_line(make_project, text, message):
    with pytest.raises(CourseError, match=message) as caught:
        run(make_project({"page.qmd": text}))
    assert "\x1b" not in str(caught.value)
    assert "hf_aaa" not in str(caught.value)


def test_a_cell_that_raises_says_what_to_do_and_a_clear_sentence_stays_one(make_project):
    with pytest.raises(
        CourseError, match=r"\n\nCorrect the cell and run `course freeze page\.qmd`"
    ):
        run(make_project({"page.qmd": cell("1 / 0")}))
    text = "from pycode.errors import CourseError\nraise CourseError('Write it so.')"
    with pytest.raises(CourseError) as caught:
        run(make_project({"page.qmd": cell(text)}))
    assert str(caught.value) == "page.qmd:3: Write it so."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["fig-captoin: x"], "unknown cell option 'fig-captoin'. Did you mean 'fig-cap'"),
        (["eval: [1, 2]"], "eval must be true or false"),
        (["echo: maybe"], "echo must be true, false or fenced"),
        (["output: hidden"], "output must be"),
        (["fig-cap: 'has `{python} x`'"], "does not evaluate expressions in the option fig-cap"),
    ],
)
def test_wrong_options_are_explained_before_anything_runs(make_project, options, message):
    project = make_project({"page.qmd": "text\n\n" + cell("open('ran', 'w')", *options)})
    with pytest.raises(CourseError, match=r"^page\.qmd:3: ") as caught:
        run(project)
    assert message in str(caught.value)
    assert not (project.root / "ran").exists()


def test_labels_must_differ_and_settings_be_known(make_project):
    text = cell("1", "label: a") + cell("2", "label: a")
    with pytest.raises(CourseError, match=r"^page\.qmd:6: the label 'a' is taken by page\.qmd:1"):
        run(make_project({"page.qmd": text}))
    for matter, words in [
        ("format: html5", "format 'html5' is not one of html, revealjs, typst"),
        ("fig-format: gif", "fig-format must be one of"),
        ("fig-width: wide", "fig-width must be a positive number"),
    ]:
        with pytest.raises(CourseError, match=words):
            run(make_project({"page.qmd": f"---\n{matter}\n---\n" + cell("1")}))


def test_defaults_come_from_format_project_and_page(make_project):
    settings = "format:\n  revealjs: {echo: false}\n"
    project = make_project(
        {
            "deck.qmd": "---\nformat: revealjs\n---\n" + cell("print('shown')"),
            "loud.qmd": "---\nformat: revealjs\nexecute: {echo: true}\n---\n" + cell("print(1)"),
            "off.qmd": "---\nformat: html\nexecute: {enabled: false}\n---\n" + cell("1"),
            "never.qmd": "---\nexecute: {eval: false}\nformat: html\n---\n" + cell("1 / 0"),
        },
        settings,
    )
    deck, loud = run(project, "deck.qmd"), run(project, "loud.qmd")
    assert "print('shown')" not in deck.entries["html"].markdown
    assert "shown\n" in deck.entries["html"].markdown
    assert "print(1)" in loud.entries["html"].markdown
    assert deck.entries["html"].supporting == ("deck_files",)
    assert not read_page_source(project, "off.qmd").is_executed
    assert "1 / 0" in run(project, "never.qmd").entries["html"].markdown


STYLE = """
import copy


def dark_variant(fig):
    dark = copy.deepcopy(fig)
    dark.patch.set_facecolor("#111111")
    return dark
"""
DARK = (
    "import pycode.figures.style\nimport matplotlib.pyplot as plt\n"
    "fig, ax = plt.subplots(figsize=(2, 1))\nax.plot([1, 2])\nplt.show()"
)


@pytest.mark.parametrize("wanted", [True, False])
def test_dark_variants_share_one_label_and_caption(make_project, wanted):
    package = {f"pycode/{name}__init__.py": "" for name in ("", "figures/")}
    options = ["label: fig-d", "fig-cap: 'The cap'", "fig-alt: 'says \"so\"'"]
    text = cell(DARK, *options, f"fig-dark: {str(wanted).lower()}")
    project = make_project({"page.qmd": text, **package, "pycode/figures/style.py": STYLE})
    done = run(project)
    markdown = done.entries["html"].markdown
    names = sorted(done.figures["figure-html"])
    assert "fig-dark='" not in markdown
    assert done.used["modules"] == [
        "pycode/__init__.py", "pycode/figures/__init__.py", "pycode/figures/style.py",
    ]  # fmt: skip
    if not wanted:
        assert names == ["fig-d-output-1.svg"]
        return
    assert names == ["fig-d-output-1-dark.svg", "fig-d-output-1.svg"]
    light, dark = (done.figures["figure-html"][name] for name in reversed(names))
    assert b"#111111" in dark and b"#111111" not in light
    block = markdown.split("::: {#fig-d .cell-output .cell-output-display}\n")[1]
    assert re.fullmatch(
        r'!\[\]\(page_files/figure-html/fig-d-output-1\.svg\)'
        r'\{\.light-content fig-alt="says \\"so\\"" width=\d+ height=\d+\}\n\n'
        r'!\[\]\(page_files/figure-html/fig-d-output-1-dark\.svg\)'
        r'\{\.dark-content fig-alt="says \\"so\\"" width=\d+ height=\d+\}\n\n'
        r"The cap\n:::\n:::\n\n\n",
        block,
    )  # fmt: skip


STYLED = """from pycode.figures.style import use_style
import matplotlib.pyplot as plt
with use_style():
    fig, ax = plt.subplots()
    ax.plot([1, 3, 2])
plt.show()"""


def test_figures_in_the_course_style_fill_the_measure_in_both_modes(make_project):
    text = cell(STYLED, "fig-cap: 'Some *caption*'")
    done = run(make_project({"page.qmd": text}))
    markdown = done.entries["html"].markdown
    assert sorted(done.figures["figure-html"]) == [
        "cell-2-output-1-dark.svg",
        "cell-2-output-1.svg",
    ]
    light, dark = (done.figures["figure-html"][f"cell-2-output-1{x}.svg"] for x in ("", "-dark"))
    strip = re.compile(rb"#[0-9a-f]{6}|(?<=[\"#])[mpc][0-9a-f]{10}")
    assert light != dark and strip.sub(b"", light) == strip.sub(b"", dark)
    assert markdown.count('fig-alt="Some caption" width=640 height=365}') == 2
    assert "::: {.dark-content}\n![Some *caption*](page_files/" in markdown
