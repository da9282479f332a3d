"""Labs: one `.qmd` makes the page, the student's notebook and the solved form that the tests execute.

A page is a lab when its front matter has a `lab:` block (all keys optional but `minutes`):

    lab: {minutes: 80, gpu: false, vram-gb: 0, download-mb: 20}

The source is valid, *solved* Python, so that Quarto can execute it as it is. Marks say what students do:

    x = expression  # blank: hint      ->  x = ___  # hint     (also `return`, `key=value,`; hint optional)
    # solution: what to do … # end solution  ->  # your code here: what to do
    check("name", got, hidden(42))     ->  the 42 is sealed; wherever `hidden(literal)` stands
    #| check: true                     a self-check cell (see `pycode.labs.check`)
    #| notebook: false / true          leave a shown cell out of the notebook / put a hidden one in

A notebook holds the cells that a reader of the page sees: `echo: false` and `include: false` stay out.
`.hint` divs are folded in both; `.solution` divs are folded on the page and absent from the notebook;
`.predict` comes before `.reveal`. `docs/labs.md` shows one lab from source to notebook.
"""

from pycode.site.notebook.buttons import buttons
from pycode.site.notebook.code import page_echo, student_code
from pycode.site.notebook.lab import Lab, find_labs, read_lab
from pycode.site.notebook.write import notebook_text, solved_notebook, student_notebook

__all__ = [
    "Lab", "buttons", "find_labs", "notebook_text", "page_echo", "read_lab",
    "solved_notebook", "student_code", "student_notebook",
]  # fmt: skip
