"""The project's own files: what must not be in them is found."""

import subprocess

import pytest

from pycode.project import Project
from pycode.site.checks import sources


@pytest.fixture
def tree(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("ignored/\n")
    (tmp_path / "page.qmd").write_text(
        "---\ntitle: T\n---\n\nSee ![A line that rises](x.png) and `![](code.png)`\n"
    )
    return Project(tmp_path)


def messages(tree):
    return "\n".join(map(str, sources.check(tree)))


def test_good_files_pass_and_ignored_ones_are_not_read(tree):
    (tree.root / "ignored").mkdir()
    (tree.root / "ignored/x.py").write_text("# TODO\n")
    (tree.root / "notes.md").write_text(
        "Read ~/work/x, https://someone.example/work/a/ and homework/work.\n"
    )
    (tree.root / "x.png").write_bytes(b"\x89PNG\xff")
    assert messages(tree) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("path = '/home/" "someone/x'", "a path of one machine"),
        ("path = '/wo" "rk/main/x'", "a path of one machine"),
        ("path = 'C:\\\\Users\\\\x'", "a path of one machine"),
        ("--index-" "url https://mirror.example/simple", "the address of a package registry"),
        ('"resolved": "https:' '//mirror.example/a.tgz"', "the address of a package registry"),
        ("http://10" ".1.2.3:8080/simple", "an address of a private network"),
        ("token = 'hf_" + "a1" * 12 + "'", "a secret token: remove it"),
        ("https://user:" "word@mirror.example/", "a secret"),
        ("# TO" "DO: later", "a placeholder"),
        ("This part is coming" " soon.", "a placeholder"),
        ("<<<<<" "<< HEAD", "a conflict mark"),
    ],
)  # fmt: skip
def test_each_defect_is_found_with_its_line(tree, text, words):
    (tree.root / "new.md").write_text("fine\n" + text + "\n")
    found = messages(tree)
    assert words in found and found.startswith("new.md:2:")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("words\n\n![](x.png)\n", 7),
        ("![](x.png){width=50%}\n", 5),
        ("A picture:\n\n![Only a caption](x.png)\n\nmore\n", 7),
        ('<img src="x.png">\n', 5),
        ("```{python}\n#| label: fig-x\n#| fig-cap: A caption\nplot()\n```\n", 5),
    ],
)
def test_a_picture_without_words_is_found(tree, text, line):
    (tree.root / "page.qmd").write_text("---\ntitle: T\n---\n\n" + text)
    found = messages(tree)
    assert found.startswith(f"page.qmd:{line}:") and "alt" in found


def test_pictures_with_words_pass(tree):
    (tree.root / "page.qmd").write_text(
        '![](x.png){fig-alt="A line"}\n\n![A [linked](y.html) caption](x.png){fig-alt="A line"}\n\n<img src="x.png" alt="">\n\n'
        "```{python}\n#| label: fig-x\n#| fig-alt: A line that rises\nplot()\n```\n"
    )
    assert messages(tree) == ""


def test_text_that_is_not_utf8_is_found(tree):
    (tree.root / "old.md").write_bytes("über".encode("latin-1"))
    assert "old.md: is not UTF-8" in messages(tree)


def test_this_repository_passes(project: Project):
    assert [str(problem) for problem in sources.check(project)] == []
