"""The blank `___` of a student's notebook.

IPython binds `___` to the output before the last two, so a forgotten blank would silently take an old result.
The first cell of a notebook therefore binds `___` to `BLANK`, which refuses every use in plain words.
"""

from typing import Any, NoReturn


class LabError(Exception):
    """Feedback to a student. Jupyter shows the message alone, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise LabError(
        "There is still a blank in this cell: replace ___ with your own code and run it again."
    )


class Blank:
    """A value that cannot be used: whatever is done with it says that a blank is still open."""

    def __repr__(self) -> str:
        return "___ (a blank to fill in)"

    def __getattr__(self, name: str) -> Any:
        # Python and Jupyter probe objects for private names; those must look absent, not broken.
        if name.startswith("_"):
            raise AttributeError(name)
        _refuse()

    __bool__ = __float__ = __int__ = __index__ = __len__ = __iter__ = _refuse
    __call__ = __getitem__ = __setitem__ = __contains__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __neg__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __array__ = __format__ = __round__ = __abs__ = __pow__ = __rpow__ = __mod__ = _refuse


BLANK = Blank()
