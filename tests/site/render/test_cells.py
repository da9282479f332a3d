"""Code and executed cells: what `_freeze` holds, in the DOM that real Quarto (1.11) was seen to write."""

import re
import subprocess

from lxml import html

from pycode.site.render.pandoc import pandoc_path

CELLS = """---
title: T
---

::: {#338b556e .cell execution_count=1}
``` {.python .cell-code code-fold="true" code-summary="Show it"}
print(sum(range(10)))
```

::: {.cell-output .cell-output-stdout}
```
45
```
:::
:::


::: {#cell-fig-line .cell execution_count=2}
``` {.python .cell-code}
plot()
```

::: {.cell-output .cell-output-display}
![A line](cells_files/figure-html/fig-line-output-1.png){#fig-line width=558 height=411 fig-alt='falls'}
:::
:::


::: {#tbl-demo .cell tbl-cap='A table' execution_count=3}
``` {.python .cell-code}
df
```

::: {.cell-output .cell-output-display execution_count=3}
```{=html}
<div>
<style scoped>
    .dataframe thead th { text-align: right; }
</style>
<table border="1" class="dataframe">
  <thead><tr><th>a</th></tr></thead>
  <tbody><tr><td>1</td></tr></tbody>
</table>
</div>
```
:::
:::


See @fig-line and @tbl-demo.
"""


def test_frozen_cells_as_quarto_writes_them(sample):
    source = "---\ntitle: T\n---\n\n```{python}\n1\n```\n"
    sample.freeze("cells.qmd", source, CELLS)
    figure = sample.root / "_freeze/cells/figure-html/fig-line-output-1.png"
    figure.parent.mkdir(parents=True)
    figure.write_bytes(b"\x89PNG figure")
    sample.build()
    page = sample.html("cells.html")
    tree = html.fromstring(page)
    assert (
        sample.site / "cells_files/figure-html/fig-line-output-1.png"
    ).read_bytes() == b"\x89PNG figure"
    (cell,) = tree.xpath("//div[@id='338b556e'][@class='cell'][@data-execution_count='1']")
    assert cell.xpath("./details[@class='code-fold']/summary/text()") == ["Show it"]
    assert cell.xpath(
        ".//div[@class='sourceCode cell-code']/pre[@class='sourceCode python code-with-copy']"
    )
    assert (
        cell.xpath("./div[@class='cell-output cell-output-stdout']")[0].text_content().strip()
        == "45"
    )
    image = tree.xpath("//div[@id='fig-line']//img")[0]
    assert (image.get("alt"), image.get("width"), image.get("class")) == (
        "falls",
        "558",
        "figure-img",
    )
    (table,) = tree.xpath("//div[@id='tbl-demo']//table")
    assert "table-sm" in table.get("class") and "style scoped" not in page
    assert [a.text_content() for a in tree.xpath("//a[@class='quarto-xref']")] == [
        "Figure\xa01",
        "Table\xa01",
    ]


def test_code_is_coloured_as_pandoc_colours_it(sample):
    code = 'def f(x: int) -> str:\n    return f"{x}"  # why\n'
    page = sample.render(f"```python\n{code}```")
    command = [pandoc_path(), "-f", "markdown", "-t", "html5"]
    reference = subprocess.run(
        command, input=f"```python\n{code}```".encode(), capture_output=True, check=True
    )
    spans = lambda text: re.findall(r'<span class="(?:kw|cf|co|st|op|bu|ss)">[^<]*</span>', text)  # noqa: E731
    assert spans(page) == spans(reference.stdout.decode()) != []
    assert "style=" not in page


def test_code_names_numbers_and_annotations(sample):
    page = sample.render(
        '```{.python filename="a.py" code-line-numbers="true"}\nx = 1 # <1>\ny = 2\n```\n\n1. First\n'
    )
    tree = html.fromstring(f"<main>{page}</main>")
    assert tree.xpath("//div[@class='code-with-filename-file']/pre/strong/text()") == ["a.py"]
    (anchor,) = tree.xpath("//a[@class='code-annotation-anchor']")
    assert (anchor.text, anchor.get("data-target-cell")) == ("1", "annotated-cell-1")
    assert tree.xpath("//dl[@class='code-annotation-container-grid']//span/@data-code-lines") == [
        "1"
    ]
    assert "<1>" not in tree.text_content()
