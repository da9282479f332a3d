"""The theme: contrasts computed from the tokens, one palette for pages and figures, a weight limit."""

import gzip
import re
from functools import cache
from pathlib import Path

import pytest

from pycode.figures.palette import DARK, LIGHT, contrast

ROOT = Path(__file__).resolve().parents[2]
THEME = ROOT / "assets" / "theme"
MODES = ["light", "dark"]
TEXT = [
    "ink", "ink-soft", "ink-faint", "accent", "accent-strong", "better", "worse", "tie",
    "note", "tip", "warning", "caution", "important",
]  # fmt: skip
CODE = [f"code-{kind}" for kind in ("keyword", "string", "number", "comment", "function", "type")]
PAGE = ("fonts", "tokens", "shell", "parts", "course", "boxes", "quiz", "print")
DECK = ("fonts", "tokens", "parts", "deck")


@cache
def tokens(mode: str) -> dict[str, str]:
    """Custom properties of one mode; the dark ones stand on top of the light ones."""
    text = re.sub(r"/\*.*?\*/", "", (THEME / "tokens.css").read_text(), flags=re.S)
    blocks = {s.strip(): b for s, b in re.findall(r"([^{}]+)\{([^{}]*)\}", text)}
    found = dict(re.findall(r"--([\w-]+):\s*([^;]+);", blocks[":root"]))
    if mode == "dark":
        found |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", blocks["body.quarto-dark"]))
    return found


def ratio(mode: str, first: str, second: str) -> float:
    return contrast(tokens(mode)[first], tokens(mode)[second])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ground", ["paper", "raised"])
@pytest.mark.parametrize("name", TEXT)
def test_text_is_aa(mode, ground, name):
    assert ratio(mode, name, ground) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CODE)
def test_code_is_aa_on_its_ground(mode, name):
    assert ratio(mode, name, "raised") >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_coloured_grounds_carry_their_text(mode):
    for name in ("ink", "ink-soft", "accent"):
        assert ratio(mode, name, "accent-wash") >= 4.5, name
    assert ratio(mode, "on-accent", "accent") >= 4.5
    assert ratio(mode, "on-accent", "accent-strong") >= 4.5
    assert ratio(mode, "on-wall", "wall") >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_edges_of_fields_are_seen(mode):
    assert ratio(mode, "line-strong", "paper") >= 3
    assert ratio(mode, "line-strong", "accent-wash") >= 2.8


@pytest.mark.parametrize(("mode", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_pages_and_figures_share_their_colours(mode, palette):
    names = {"paper": "paper", "raised": "raised", "line": "line", "strong": "line-strong",
             "ink": "ink", "soft": "ink-soft", "faint": "ink-faint", "accent": "accent"}  # fmt: skip
    assert {k: getattr(palette, k) for k in names} == {k: tokens(mode)[v] for k, v in names.items()}


@pytest.mark.parametrize(
    "name", ["quarto.scss", "quarto-dark.scss", "deck.scss", "print.css", "course.css"]
)
def test_colours_outside_the_tokens_are_the_tokens_values(name):
    """Quarto's variables cannot read custom properties: what they repeat must stay equal."""
    known = {*tokens("light").values(), *tokens("dark").values()}
    paper = {"#000", "#333", "#444", "#666", "#bbb", "#fff", "#0b4f57"}
    text = (THEME / name).read_text()
    allowed = known | (
        paper if name == "print.css" else {"#b9d8da"} if name == "deck.scss" else set()
    )
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", text)) <= allowed


def test_every_property_that_is_used_is_defined():
    for path in THEME.glob("*.css"):
        text = path.read_text()
        local = set(re.findall(r"(?<!var\()--([\w-]+):", text))
        used = set(re.findall(r"var\(--([\w-]+)", text))
        set_by_script = {"x", "y"}
        assert used <= set(tokens("light")) | local | set_by_script, path.name


def weight(paths: list[Path]) -> int:
    return len(gzip.compress(b"".join(path.read_bytes() for path in paths), 9, mtime=0))


def test_the_theme_is_light():
    assert weight([THEME / f"{name}.css" for name in PAGE]) <= 20_000
    assert weight([THEME / f"{name}.css" for name in DECK]) <= 12_000
    scripts = ("theme", "site", "claims", "predict", "search")
    assert weight([ROOT / "assets" / "js" / f"{name}.js" for name in scripts]) <= 10_000


def test_the_fonts_of_a_first_page_are_light():
    """What a page with italics and code loads; the other scripts load only where they are written."""
    names = ("source-serif-4", "source-serif-4-italic", "source-sans-3", "source-code-pro")
    files = [ROOT / "assets" / "fonts" / f"{name}.woff2" for name in names]
    assert sum(file.stat().st_size for file in files) <= 95_000


def test_nothing_is_asked_from_another_host():
    for path in [*THEME.iterdir(), *(ROOT / "assets" / "js").rglob("*.js")]:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        text = re.sub(r"^\s*// .*$", "", text, flags=re.M)  # a comment asks nobody
        assert not re.search(r"(?:https?:)?//[\w-]+\.\w", text), path.name
