"""A small site in which everything is right; tests break one thing at a time."""

from pathlib import Path

import pytest

from pycode.project import Project

GOOD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page of the course</title>
<link rel="stylesheet" href="style.css">
<link rel="canonical" href="https://someone.example/course/index.html">
</head>
<body class="quarto-light">
<header><button type="button" class="quarto-color-scheme-toggle">Dark theme</button></header>
<main id="quarto-document-content">
<h1 id="top-title">A page</h1>
<p>Some words, a <a href="other.html#part">link</a>, <a href="https://elsewhere.example/">another site</a> and
<code>nan {{&lt; var x &gt;}} ::: {python} TODO</code>.</p>
<img src="picture.png" alt="A line that rises" width="10" height="10">
<p><a href="notebooks/lab.ipynb" download>Download</a>
<a href="https://kaggle.com/kernels/welcome?src=https://github.com/someone/course/blob/main/labs/lab.ipynb">Kaggle</a>
<a href="https://colab.research.google.com/github/someone/course/blob/main/labs/lab.ipynb">Colab</a></p>
<!-- here -->
</main>
<script src="script.js"></script>
</body>
</html>
"""
OTHER = GOOD.replace("A page", "Another").replace('id="top-title"', 'id="part"')
STYLE = """body { margin: 1rem; color: #111; background: #fff; background-image: url("picture.png") }
a { color: #00539b } body.quarto-dark { color: #eee; background: #111 } .quarto-dark a { color: #9cf }
"""
SCRIPT = """document.querySelector("button").addEventListener("click", () => {
  document.body.classList.toggle("quarto-dark"); document.body.classList.toggle("quarto-light");
});
"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63606060f80f0001040100"
    "5fe5c34b0000000049454e44ae426082"
)


@pytest.fixture
def course(tmp_path: Path, project: Project) -> Project:
    """A project whose built site passes every check."""
    made = Project(tmp_path)
    (tmp_path / "_quarto.yml").write_text("project: {type: website}\n")
    (tmp_path / "_variables.yml").write_text(
        "website:\n  site-url: https://someone.example/course\n  repo-url: https://github.com/someone/course\n"
    )
    files = {
        "_site/index.html": GOOD, "_site/other.html": OTHER, "_site/style.css": STYLE, "_site/script.js": SCRIPT,
        "_site/notebooks/lab.ipynb": "{}", "labs/lab.ipynb": "{}", "_site/favicon.ico": "",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "_site/picture.png").write_bytes(PNG)
    (tmp_path / "node_modules").symlink_to(project.root / "node_modules")
    (tmp_path / ".htmlvalidate.json").symlink_to(project.root / ".htmlvalidate.json")
    return made


@pytest.fixture
def put(course: Project):
    """Insert HTML at the end of the main part of a page, or write another file of the site."""

    def insert(text: str, name: str = "index.html") -> None:
        path = course.site / name
        if name.endswith(".html") and path.is_file():
            path.write_text(path.read_text().replace("<!-- here -->", text + "\n<!-- here -->"))
        else:
            path.write_text(text)

    return insert
