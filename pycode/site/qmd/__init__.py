"""Pages as Quarto reads them: front matter, executable cells, inline expressions, includes.

Pure text in, values out: nothing is executed and nothing is written here. Every problem in a
page is a `CourseError` that starts with ``file:line``.
"""

from pycode.site.qmd.includes import Expanded, expand, expand_includes
from pycode.site.qmd.inline import Inline, inline_expressions, replace_inline
from pycode.site.qmd.page import Cell, Page, Text, parse, read_page

__all__ = [
    "Cell",
    "Expanded",
    "Inline",
    "Page",
    "Text",
    "expand",
    "expand_includes",
    "inline_expressions",
    "parse",
    "read_page",
    "replace_inline",
]
