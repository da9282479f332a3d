import json
import subprocess

import pytest
from lxml import html

from pycode.site.render.mathematics import Renderer, node_path
from pycode.site.render.report import BuildFailed

TEX = r"\operatorname{ECE} = \sum_{b} \frac{|B_b|}{n} \left| a_b - c_b \right| < 1"


def katex(root, tex, display):
    """KaTeX asked directly."""
    script = f"console.log(require({json.dumps(str(root / 'node_modules/katex'))}).renderToString({json.dumps(tex)}, "
    script += f"{{displayMode: {json.dumps(display)}, output: 'htmlAndMathml', strict: 'ignore'}}))"
    return subprocess.run(
        [node_path(), "-e", script], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize("display", [False, True])
def test_formulas_are_katex_own_output(sample, display):
    page = sample.render(f"${TEX}$" if not display else f"$${TEX}$$")
    assert katex(sample.root, TEX, display) in page


def test_a_numbered_equation_carries_its_number(sample):
    page = sample.render("$$\ny = x\n$$ {#eq-a}\n\n@eq-a")
    assert katex(sample.root, "\ny = x\n\\tag{1}", True) in page


def test_only_pages_with_formulas_load_the_style_and_fonts_are_there(sample):
    sample.build()
    assert "katex" in sample.html("weeks/one.html") and "katex" not in sample.html("weeks/two.html")
    css = (sample.site / "assets/katex/katex.min.css").read_text()
    for part in css.split("url(")[1:]:
        name = part.split(")")[0]
        assert name.endswith(".woff2") and (sample.site / "assets/katex" / name).is_file()


def test_one_call_renders_all_and_the_next_build_none(sample, monkeypatch):
    calls = []
    original = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda *a, **k: (calls.append(a[0][0]), original(*a, **k))[1]
    )
    sample.write("weeks/two.qmd", "---\ntitle: Two\n---\n\n$a$ $b$ $$c$$\n")
    sample.build()
    assert calls.count(node_path()) == 1
    calls.clear()
    sample.write("weeks/two.qmd", "---\ntitle: Two\n---\n\n$b$ $a$\n")
    sample.build()
    assert node_path() not in calls


def test_a_formula_that_katex_refuses_is_named(sample):
    with pytest.raises(BuildFailed, match=r"page.qmd:7: KaTeX cannot read this formula: .*\\fraq"):
        sample.render("x\n\nHere $\\fraq{1}{2}$.")


def test_a_damaged_cache_is_made_again(tmp_path, sample):
    cache = tmp_path / "maths.json"
    cache.write_text("{broken")
    renderer = Renderer(sample.root, cache)
    assert renderer.prepare([("x", False)]) == {}
    assert html.fromstring(renderer.fill('<p><span class="math inline">x</span></p>')).find_class(
        "katex"
    )
