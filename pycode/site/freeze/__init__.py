"""Executing pages once and keeping the result in `_freeze/`, in Quarto's own format.

`entry` and `manifest` need no Jupyter: the site renders and is checked without it. `execute` does.
"""
