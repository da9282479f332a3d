import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pycode.errors import CourseError
from pycode.site.render.search import notebook_entry

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["# Week 1 lab\n", "Find the **quokka** rows."]},
        {"cell_type": "code", "source": ["print('axolotl')"]},
    ]
}


def test_a_notebook_is_found_by_its_text(tmp_path):
    path = tmp_path / "lab.ipynb"
    path.write_text(json.dumps(NOTEBOOK))
    entry = notebook_entry(path, "labs/lab.ipynb")
    assert (entry.url, entry.title) == ("labs/lab.ipynb", "Week 1 lab (notebook)")
    assert "quokka" in entry.body and "axolotl" in entry.body
    path.write_text("{}")
    with pytest.raises(CourseError, match="is not a notebook"):
        notebook_entry(path, "labs/lab.ipynb")


@pytest.mark.browser
def test_pages_decks_and_notebooks_are_found_and_sources_of_claims_are_not(sample):
    from playwright.sync_api import sync_playwright

    from pycode.site.browser import find_browser

    config = (sample.root / "_quarto.yml").read_text()
    sample.write(
        "_quarto.yml",
        config.replace("  type: website", "  type: website\n  resources: ['labs/*.ipynb']"),
    )
    sample.write("labs/lab.ipynb", json.dumps(NOTEBOOK))
    sample.write(
        "weeks/two.qmd",
        "---\ntitle: Two\n---\n\nA wombat, [0.5[numbat]{.claim-source}]{.claim}.\n"
        "\n## Far {#sec-far}\n\nA dugong, $d^2$.\n",
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

        def sections(word: str) -> list[str]:
            return page.evaluate(
                """async (word) => { const engine = await import('/pagefind/pagefind.js');
                const found = await engine.search(word);
                return (await found.results[0].data()).sub_results.map((part) => part.url); }""",
                word,
            )

        assert find("wombat") == ["/weeks/two.html"]
        assert sections("dugong") == ["/weeks/two.html#sec-far"]
        assert find("potoroo") == ["/weeks/deck.html"]
        assert find("quokka") == ["labs/lab.ipynb"]
        assert find("numbat") == [] and find("bilby") == []
        assert errors == []
        browser.close()
    server.shutdown()


def test_pages_that_ask_not_to_be_found_are_not(sample):
    from pycode.site.render import search
    from pycode.site.render.build import read_all, render_all
    from pycode.site.render.config import load_config
    from pycode.site.render.fragments import Fragments
    from pycode.site.render.store import Store

    sample.write("weeks/hidden.qmd", "---\ntitle: Hidden\nsearch: false\n---\n\nText.\n")
    sample.write("404.qmd", "---\ntitle: Lost\n---\n\nNothing here.\n")
    config, store = load_config(sample.project), Store(sample.root / "store")
    items = render_all(Fragments(config.root, store), read_all(config, [], store), 1, [])
    urls = [entry.url for entry in search.entries(config, items)]
    assert "index.html" in urls
    assert "weeks/hidden.html" not in urls and "404.html" not in urls


def test_the_index_follows_its_entries_and_drops_what_is_gone(tmp_path):
    from pycode.site.render.search import Entry, index
    from pycode.site.render.store import Store

    store = Store(tmp_path / "store")
    first = index(
        store, [Entry("a.html", "A", "<p>wombat</p>"), Entry("b.html", "B", "<p>bilby</p>")]
    )
    assert (
        index(store, [Entry("a.html", "A", "<p>wombat</p>"), Entry("b.html", "B", "<p>bilby</p>")])
        == first
    )
    second = index(store, [Entry("a.html", "A", "<p>quokka</p>")])
    fresh = index(Store(tmp_path / "other"), [Entry("a.html", "A", "<p>quokka</p>")])
    assert second != first and not first.exists()

    def content(folder):
        return {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")
        }

    assert content(second) == content(fresh) and len(list(second.glob("fragment/*"))) == 1
