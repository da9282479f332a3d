"""The one table of Quarto constructs: what the embedded renderer supports, and what to do about the rest.

`docs/constructs.md` is generated from it (``python -m pycode.site.render.constructs``) and the scanner
reads it, so that the documentation and the checks cannot disagree.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Constructs of one kind. ``where`` says which outputs know them."""

    kind: str
    title: str
    names: tuple[str, ...]
    where: str
    note: str = ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SUPPORTED: tuple[Group, ...] = (
    Group("format", "Formats", _words("html revealjs typst"), "all", "pages, decks, PDF hand-outs"),
    Group("key", "Front matter: the page", _words("title subtitle description abstract date date-modified author categories image image-alt lang keywords aliases output-file search format"), "all"),
    Group("key", "Front matter: layout of pages", _words("toc toc-depth toc-title number-sections page-navigation page-layout title-block-style reference-location body-classes date-format repo-actions license"), "html, typst"),
    Group("key", "Front matter: code", _words("code-fold code-summary code-copy code-line-numbers code-overflow code-tools code-annotations execute jupyter"), "html, revealjs"),
    Group("key", "Front matter: citations", _words("bibliography csl nocite link-citations citation-location"), "all"),
    Group("key", "Front matter: listings", _words("listing"), "html", "contents, sort, type default, categories, feed, fields"),
    Group("key", "Front matter: decks", _words("incremental slide-number slide-level transition width height margin center controls progress theme footer institute"), "revealjs"),
    Group("key", "Front matter: hand-outs", _words("papersize mainfont fontsize keep-typ"), "typst"),
    Group("key", "Front matter: shared with Quarto", _words("filters css html-math-method callout-appearance resources lab quiz"), "all", "css and math method are fixed by the renderer; `lab` and `quiz` belong to the course"),
    Group("execute", "`execute:`", _words("enabled freeze echo eval output include warning error cache daemon fig-width fig-height fig-dpi fig-format"), "all", "applied when the page is frozen"),
    Group("cell", "Cell options (`#|`)", _words("label echo eval output include warning error check fig-cap fig-alt fig-subcap fig-width fig-height fig-align fig-format fig-dpi out-width tbl-cap tbl-colwidths lst-label lst-cap code-fold code-summary code-line-numbers code-overflow code-annotations filename classes column layout layout-ncol layout-nrow layout-valign renderings id tags"), "all", "applied when the page is frozen"),
    Group("cell language", "Executed cells", ("python",), "all", "also inline: `{python} expression`"),
    Group("shortcode", "Shortcodes", _words("include var meta pagebreak"), "all", "`{{{< … >}}}` prints one"),
    Group("class", "Callouts", _words("callout-note callout-tip callout-warning callout-important callout-caution"), "all", "title, collapse, appearance, icon"),
    Group("class", "Tabs", ("panel-tabset",), "all", "`group`; one after the other in PDF"),
    Group("class", "Margin and width", _words("column-margin aside column-page column-body-outset column-body column-screen"), "html"),
    Group("class", "What a format shows", _words("content-visible content-hidden light-content dark-content hidden"), "all", "`when-format`, `unless-format`: html, revealjs, typst"),
    Group("class", "Executed output", _words("cell cell-code cell-output cell-output-display cell-output-stdout cell-output-stderr cell-output-error cell-output-markdown ansi-escaped-output"), "all", "written by `course freeze`"),
    Group("class", "Headings and text", _words("unnumbered unlisted no-anchor active smallcaps underline mark references"), "html, typst"),
    Group("class", "Decks", _words("notes fragment incremental nonincremental columns column smaller scrollable center fade-in fade-out fade-up fade-down fade-left fade-right fade-in-then-out fade-in-then-semi-out semi-fade-out grow shrink strike highlight-red highlight-green highlight-blue highlight-current-red highlight-current-green highlight-current-blue"), "revealjs"),
    Group("class", "The course's own", _words("claim claim-source predict reveal hint solution twin decision mind-change verdict example"), "all", "by assets/filters/course.lua"),
    Group("class", "Code", _words("numberLines python py bash sh shell console json yaml toml ini text default lua html css javascript js sql r diff makefile dockerfile markdown md bibtex tex latex cpp c rust go powershell xml csv numberSource"), "all", "languages that Pandoc colours"),
    Group("attribute", "Figures", _words("width height fig-alt fig-align fig-cap alt lightbox loading"), "all"),
    Group("attribute", "Tables and layout", _words("tbl-cap tbl-colwidths layout layout-ncol layout-nrow layout-valign"), "all"),
    Group("attribute", "Code blocks", _words("filename code-line-numbers code-fold code-summary code-overflow code-copy lst-cap startFrom"), "all"),
    Group("attribute", "Callouts, tabs, conditions", _words("title collapse appearance icon group when-format unless-format"), "all"),
    Group("attribute", "Slides", _words("background-color background-image background-size background-position background-opacity fragment-index visibility state transition menu-title"), "revealjs"),
    Group("attribute", "HTML", _words("style role tabindex lang target rel download id class summary open execution_count ref-parent"), "html, revealjs"),
    Group("attribute", "The course's own", _words("unit type options run metric"), "html", "and every `data-…`, `aria-…`"),
    Group("reference", "Cross-references", _words("fig tbl lst eq sec nte tip wrn imp cau"), "all", "`@fig-x`, `[-@fig-x]`, `[Figs. @fig-x]`"),
    Group("raw", "Raw blocks", _words("html typst"), "all"),
)  # fmt: skip

# What Quarto has and this course does not use: name, and what to do instead.
INSTEAD: dict[str, dict[str, str]] = {
    "class": {
        "r-stack": "show the pictures one after the other with .fragment",
        "r-fit-text": "use .smaller or fewer words",
        "r-stretch": "give the picture a width",
        "absolute": "use .columns",
        "panel-sidebar": 'use layout="[[30,70]]"',
        "panel-input": "use a static figure",
        "panel-fill": "use .column-page",
        "panel-center": "use .column-body",
        "grid": "use layout-ncol",
        "theorem": "use a callout",
        "proof": "use a callout",
        "magic-move": "use code-line-numbers with steps",
        "column-page-right": "use .column-page",
        "column-page-left": "use .column-page",
        "column-screen-inset": "use .column-page",
        "column-body-outset-right": "use .column-body-outset",
    },
    "attribute": {
        "auto-animate": "use .fragment",
        "background-video": "link to the video",
        "background-iframe": "link to the page",
        "fig-scap": "use fig-cap",
        "fig-pos": "drop it: it is for LaTeX",
        "fig-env": "drop it: it is for LaTeX",
        "scale": "give a width",
    },
    "cell": {
        "cache": "drop it: `course freeze` keeps results",
        "panel": "use a .panel-tabset around the cell",
        "fig-pos": "drop it: it is for LaTeX",
        "autorun": "drop it: pages are executed once, by `course freeze`",
        "eval-after": "order the cells",
        "message": "use `warning`",
        "results": "use `output`",
        "tbl-subcap": "use one table per caption",
        "cap-location": "drop it: captions stand where Quarto puts them",
    },
    "key": {
        "editor": "drop it",
        "params": "write the value in a cell",
        "server": "use a static figure",
        "runtime": "use a static figure",
        "mermaid": "draw the figure in Python or as SVG",
        "embed-resources": "drop it: the site works without a server as it is",
        "self-contained": "drop it: the site works without a server as it is",
        "include-in-header": "put styles into assets/theme and scripts into assets/js",
        "include-before-body": "put the text into the page",
        "include-after-body": "put scripts into assets/js",
        "draft": "keep drafts on a branch, or start the file name with an underscore",
        "website": "set it in _quarto.yml",
        "project": "set it in _quarto.yml",
        "comments": "drop it: pages load nothing from elsewhere",
        "lightbox": "drop it",
        "number-depth": "use toc-depth",
        "about": "write the page as text",
        "knitr": "use Python cells",
        "engine": "drop it",
        "chalkboard": "drop it",
        "multiplex": "drop it",
        "preview-links": "drop it",
        "auto-stretch": "give pictures a width",
        "logo": "drop it: the theme has none",
    },
    "execute": {
        "keep-md": "drop it: `_freeze` holds the executed page",
        "keep-ipynb": "drop it: `course notebooks` writes notebooks",
        "message": "use `warning`",
        "ipynb-shell-interactivity": "print what you want to show",
    },
    "shortcode": {
        "video": "link to the video",
        "embed": "put the shared figure into pycode and draw it on both pages",
        "kbd": "write the key as `code`",
        "icon": "use words",
        "fa": "use words",
        "env": "use `var` and _variables.yml",
        "lipsum": "write the text",
        "placeholder": "draw the figure",
        "version": "write the version",
        "contents": "put the text where it belongs",
        "brand": "drop it",
    },
    "cell language": {
        "mermaid": "draw the diagram in Python, or put an SVG into assets/images/",
        "dot": "draw the diagram in Python, or put an SVG into assets/images/",
        "ojs": "use a static figure",
        "r": "use Python",
        "julia": "use Python",
        "bash": "write ```bash without braces: it is shown, not run",
        "sh": "write ```bash without braces: it is shown, not run",
        "sql": "write ```sql without braces: it is shown, not run",
        "shinylive-python": "use a static figure",
        "pyodide": "use a static figure",
        "webr": "use Python",
        "latex": "use $$ … $$",
    },
    "format": {
        "pdf": "use `typst`, which makes a PDF without LaTeX",
        "docx": "use `typst`",
        "pptx": "use `revealjs`",
        "beamer": "use `revealjs`",
        "ipynb": "write a lab: `course notebooks` makes the notebook",
        "gfm": "drop it",
        "dashboard": "use `html`",
        "epub": "drop it",
    },
    "raw": {
        "latex": "use `typst`, or $$ … $$ for formulas",
        "tex": "use `typst`, or $$ … $$ for formulas",
    },
    "reference": {
        "thm": "use a callout with {#nte-…}",
        "lem": "use a callout with {#nte-…}",
        "def": "use a callout with {#nte-…}",
        "exm": "use a callout with {#nte-…}",
        "exr": "use a callout with {#nte-…}",
        "prp": "use a callout with {#nte-…}",
        "cor": "use a callout with {#nte-…}",
    },
}


def names(kind: str) -> frozenset[str]:
    """Return all supported names of one kind."""
    return frozenset(name for group in SUPPORTED if group.kind == kind for name in group.names)


def markdown() -> str:
    """Return `docs/constructs.md`."""
    lines = [
        "# Page constructs",
        "",
        "Pages are plain Quarto files. This table lists what `course build` understands when it renders without",
        "Quarto; the scanner stops the build at anything else and names file and line. A class that a style sheet in",
        "`assets/theme/` names is allowed too.",
        "",
        "This file is generated: `python -m pycode.site.render.constructs > docs/constructs.md`.",
        "",
        "## Supported",
        "",
        "| What | Names | Outputs | Note |",
        "|---|---|---|---|",
    ]
    for group in SUPPORTED:
        listed = " ".join(f"`{name}`" for name in group.names)
        lines.append(f"| {group.title} | {listed} | {group.where} | {group.note} |")
    lines += [
        "",
        "## Not supported, and what to do instead",
        "",
        "| Kind | Name | Instead |",
        "|---|---|---|",
    ]
    for kind, entries in INSTEAD.items():
        lines += [f"| {kind} | `{name}` | {advice} |" for name, advice in sorted(entries.items())]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    print(markdown(), end="")
