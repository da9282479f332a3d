"""An explorable figure: static first, its chart only on demand, in the page's colours."""

import json
import re
from pathlib import Path

import pytest

from pycode.figures import audit
from pycode.figures.explore import explore
from pycode.project import Project
from pycode.site.browser import chromium, serve
from pycode.site.render.build import build


def test_the_block_holds_the_data_and_hides_its_button_without_scripts() -> None:
    block = explore(audit.class_counts_by_name(), of="fig-x", label="Look")._repr_markdown_()
    assert block.startswith("```{=html}\n") and 'data-explore="fig-x"' in block
    assert '<button type="button" class="explore-button" hidden>Look</button>' in block
    data = json.loads(re.search(r"application/json\">(.*?)</script>", block, re.S)[1])  # type: ignore[index]
    points = data["data"][0]
    assert len(points["x"]) == len(points["y"]) == len(set(points["text"])) > 100
    assert points["y"] == sorted(points["y"], reverse=True)


def test_markup_in_a_label_cannot_end_the_script() -> None:
    import plotly.graph_objects as go

    figure = go.Figure(go.Scatter(x=[1], y=[1], text=["</script><b>"]))
    assert "</script><b>" not in explore(figure, of="fig-x").html


@pytest.mark.browser
@pytest.mark.xdist_group("site")
def test_plotly_loads_only_when_asked(project: Project) -> None:
    build(project, renderer="embedded")
    with serve(project.site) as base, chromium() as browser:
        page = browser.new_page()
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{base}/data-audit.html")
        button = page.locator(".explore-button")
        button.wait_for()
        assert not any("plotly" in url for url in requests)
        button.click()
        page.wait_for_selector(".explore-plot .main-svg")
        assert sum("plotly.min.js" in url for url in requests) == 1
        assert page.locator("#fig-counts img:visible").count() == 0
        button.click()
        assert page.locator(".explore-plot").count() == 0
        assert page.locator("#fig-counts img:visible").count() == 1
        assert all(url.startswith((base, "data:")) for url in requests)
    assert Path(project.root / "assets/plotly/plotly.min.js").is_file()
