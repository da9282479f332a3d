import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pycode.errors import CourseError
from pycode.site.render.search import notebook_record

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["# Week 1 lab\n", "Find the **quokka** rows."]},
        {"cell_type": "code", "source": ["print('axolotl')"]},
    ]
}


def test_a_notebook_is_found_by_its_text(tmp_path):
    path = tmp_path / "lab.ipynb"
    path.write_text(json.dumps(NOTEBOOK))
    record = notebook_record(path, "labs/lab.ipynb")
    assert (record.url, record.title) == ("labs/lab.ipynb", "Week 1 lab (notebook)")
    assert "quokka" in record.content and "axolotl" in record.content
    path.write_text("{}")
    with pytest.raises(CourseError, match="is not a notebook"):
        notebook_record(path, "labs/lab.ipynb")


@pytest.mark.browser
def test_pages_decks_and_notebooks_are_found_and_sources_of_claims_are_not(sample):
    from playwright.sync_api import sync_playwright

    from pycode.commands.setup import find_browser

    config = (sample.root / "_quarto.yml").read_text()
    sample.write(
        "_quarto.yml",
        config.replace("  type: website", "  type: website\n  resources: ['labs/*.ipynb']"),
    )
    sample.write("labs/lab.ipynb", json.dumps(NOTEBOOK))
    sample.write(
        "weeks/two.qmd", "---\ntitle: Two\n---\n\nA wombat, [0.5[numbat]{.claim-source}]{.claim}.\n"
    )
    sample.write(
        "weeks/deck.qmd",
        "---\ntitle: Deck\nformat: revealjs\n---\n\n## Slide\n\nA potoroo.\n\n::: {.notes}\nbilby\n:::\n",
    )
    sample.build()
    assert not list(sample.site.glob("labs/*.html"))
    handler = partial(SimpleHTTPRequestHandler, directory=str(sample.site))
    handler.log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_browser())
        page = browser.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")

        def find(word: str) -> list[str]:
            script = """async (word) => { const engine = await import('/pagefind/pagefind.js');
              const found = await engine.search(word);
              const all = await Promise.all(found.results.map((r) => r.data()));
              return all.map((d) => d.meta.url || d.url); }"""
            return page.evaluate(script, word)

        assert find("wombat") == ["/weeks/two.html"]
        assert find("potoroo") == ["/weeks/deck.html"]
        assert find("quokka") == ["labs/lab.ipynb"]
        assert find("numbat") == [] and find("bilby") == []
        assert errors == []
        browser.close()
    server.shutdown()
