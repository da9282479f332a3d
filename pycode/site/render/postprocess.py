"""Small repairs of Pandoc's HTML, so that it has the classes that Quarto's pages have."""

import html
import json
import re

CODE = re.compile(
    r'<div class="sourceCode" id="(?P<id>[^"]+)"(?P<attributes>[^>]*)><pre\s+class="(?P<classes>sourceCode[^"]*)"(?P<rest>[^>]*)>'
)
HEADING = re.compile(
    r'(<section id="(?P<id>[^"]+)"[^>]*>\s*<h(?P<level>[1-6])(?P<attributes>[^>]*)>)(?P<text>.*?)</h(?P=level)>',
    re.S,
)
CLASS = re.compile(r' class="([^"]*)"')
TOC_LINK = re.compile(r'<a href="(#[^"]+)" id="(toc-[^"]+)">')
DATAFRAME = re.compile(r'<table(?: border="\d+")? class="dataframe"(?: border="\d+")?>')
LINE_LINK = re.compile(r'<a href="(#cb\d+-\d+)"></a>')
SCOPED_STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.S)

ADDRESS = re.compile(r'\b(src|href|data-src|poster|data-background-image)="([^"#?]+)[^"]*"')
FOREIGN = re.compile(r"(?:[a-zA-Z][\w+.-]*:|//)")


def addresses(text: str) -> list[tuple[str, str]]:
    """Return (attribute, address) of everything on this site that the HTML loads or links to, each once."""
    found = dict.fromkeys(ADDRESS.findall(text))
    return [pair for pair in found if not FOREIGN.match(pair[1])]


def page_body(text: str, deck: bool = False) -> str:
    """Return the body of a page or deck with Quarto's classes on code, headings and tables."""
    text = CODE.sub(_code, text)
    text = SCOPED_STYLE.sub("", text)
    text = DATAFRAME.sub(
        '<table class="dataframe cell caption-top table table-sm table-striped small">', text
    )
    text = text.replace("<blockquote>", '<blockquote class="blockquote">')
    # Pandoc's links of numbered lines have no text: nothing for a screen reader or the Tab key.
    text = LINE_LINK.sub(r'<a href="\1" aria-hidden="true" tabindex="-1"></a>', text)
    text = annotate(text)
    # Lazy pictures of reveal.js have no `src`: not valid HTML, and nothing to see without a script.
    text = (
        text.replace("<img data-src=", "<img src=").replace("<img\ndata-src=", "<img src=")
        if deck
        else text
    )
    return text if deck else HEADING.sub(_heading, text)


def toc(text: str) -> str:
    """Return Pandoc's table of contents with the classes that the theme and the scroll marker need."""
    return TOC_LINK.sub(r'<a href="\1" id="\2" class="nav-link" data-scroll-target="\1">', text)


def _code(match: re.Match[str]) -> str:
    classes = match["classes"].split()
    outer = "sourceCode cell-code" if "cell-code" in classes else "sourceCode"
    names = [
        "number-lines" if name == "numberLines" else name for name in classes if name != "cell-code"
    ]
    return f'<div class="{outer}" id="{match["id"]}"{match["attributes"]}><pre class="{" ".join(names)}"{match["rest"]}>'


def _heading(match: re.Match[str]) -> str:
    attributes = match["attributes"]
    found = CLASS.search(attributes)
    own = f"{found[1]} " if found else ""
    others = CLASS.sub("", attributes)
    start = match[1][: match[1].rindex("<h")]
    anchor = f'<a class="anchorjs-link" href="#{match["id"]}" aria-hidden="true" tabindex="-1"></a>'
    return (
        f'{start}<h{match["level"]} class="{own}anchored" data-anchor-id="{match["id"]}"{others}>'
        f"{match['text']}{anchor}</h{match['level']}>"
    )


def annotate(text: str) -> str:
    """Put the numbers of code annotations before the lines that they explain."""
    for match in reversed(
        list(re.finditer(r'id="(annotated-cell-\d+)" data-annotations="([^"]*)"', text))
    ):
        cell, marks = match[1], json.loads(html.unescape(match[2]))
        text = text.replace(match[0], f'id="{cell}"')
        for number, lines in marks.items():
            for line in lines:
                anchor = (
                    f'<a class="code-annotation-anchor" data-target-cell="{cell}" data-target-annotation="{number}">'
                    f'{number}</a><span id="{cell}-{line}" class="code-annotation-target">'
                )
                text = text.replace(f'<span id="{cell}-{line}">', anchor)
    return text
