"""The course's fonts, cut from the npm packages: WOFF2 for pages, TTF for figures and PDFs.

Pages need one file per style with only the weights that the theme uses (400 to 700): together they
are half the size of the packages' files. Matplotlib and Typst cannot read variable WOFF2, so they
get single-weight TTF files. Both kinds are made once, by `course setup web` or at first use.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from pycode.errors import CourseError
from pycode.files import write_bytes

# Kerning, ligatures and figure styles stay; fractions and numerators are never used by the theme.
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "tnum", "pnum"]


@dataclass(frozen=True)
class Face:
    """One file to cut: its name, the package file, its weight or range of weights.

    A face with ``family`` and ``style`` becomes a TTF under these names, one without a WOFF2.
    """

    name: str
    source: str
    weight: float | tuple[float, float]
    family: str = ""
    style: str = ""

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.{'ttf' if self.family else 'woff2'}"


SERIF, SANS, CODE = "source-serif-4", "source-sans-3", "source-code-pro"


def _source(package: str, script: str, slope: str = "normal") -> str:
    return f"{package}/files/{package}-{script}-wght-{slope}.woff2"


FACES = (
    Face("source-serif-4", _source(SERIF, "latin"), (400, 700)),
    Face("source-serif-4-italic", _source(SERIF, "latin", "italic"), 400),
    Face("source-serif-4-ext", _source(SERIF, "latin-ext"), (400, 700)),
    Face("source-serif-4-greek", _source(SERIF, "greek"), 400),
    Face("source-sans-3", _source(SANS, "latin"), (400, 700)),
    Face("source-sans-3-ext", _source(SANS, "latin-ext"), (400, 700)),
    Face("source-sans-3-greek", _source(SANS, "greek"), 400),
    Face("source-code-pro", _source(CODE, "latin"), 400),
)

CUTS = (
    Face("SourceSans3-Regular", _source(SANS, "latin"), 400, "Source Sans 3", "Regular"),
    Face("SourceSans3-Bold", _source(SANS, "latin"), 600, "Source Sans 3", "Bold"),
    Face("SourceSerif4-Regular", _source(SERIF, "latin"), 400, "Source Serif 4", "Regular"),
    Face("SourceSerif4-Italic", _source(SERIF, "latin", "italic"), 400, "Source Serif 4", "Italic"),
    Face("SourceSerif4-Bold", _source(SERIF, "latin"), 600, "Source Serif 4", "Bold"),
    Face("SourceCodePro-Regular", _source(CODE, "latin"), 400, "Source Code Pro", "Regular"),
)


def web_fonts(packages: Path, folder: Path, force: bool = False) -> list[Path]:
    """Write the WOFF2 files into ``folder``, the missing ones or all, and return their paths.

    ``packages`` is `node_modules/@fontsource-variable`.

    Raises:
        CourseError: a package file is missing.
    """
    return [cut(packages, folder, face, force) for face in FACES]


def static_fonts(packages: Path, folder: Path, force: bool = False) -> list[Path]:
    """Write the TTF files into ``folder``, the missing ones or all, and return their paths.

    Raises:
        CourseError: a package file is missing.
    """
    return [cut(packages, folder, face, force) for face in CUTS]


def cut(packages: Path, folder: Path, face: Face, force: bool = False) -> Path:
    """Write one face into ``folder`` unless it is there, and return its path.

    Raises:
        CourseError: the package file is missing.
    """
    target = folder / face.file
    if target.is_file() and not force:
        return target
    if not (packages / face.source).is_file():
        name = Path(face.source).name
        raise CourseError(f"The font file {name} is missing: run `course setup web`.")
    font = _narrow(packages / face.source, face.weight)
    if face.family:
        _rename(font, face)
    font.flavor = None if face.family else "woff2"
    write_bytes(target, _bytes(font))
    return target


def _narrow(path: Path, weight: float | tuple[float, float]) -> Any:
    """Return the font with only ``weight`` and only the features and glyphs that pages use."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(path, recalcTimestamp=False)
    font = instancer.instantiateVariableFont(font, {"wght": weight})
    font.flavor = None
    font = TTFont(
        BytesIO(_bytes(font)), recalcTimestamp=False
    )  # the subsetter needs settled tables
    options = subset.Options(layout_features=FEATURES, hinting=False, notdef_outline=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted(font.getBestCmap()))
    subsetter.subset(font)
    return font


def _rename(font: Any, face: Face) -> None:
    """Give the cut the names by which Matplotlib and Typst look fonts up."""
    italic, bold = face.style == "Italic", face.style == "Bold"
    names = {1: face.family, 2: face.style, 4: f"{face.family} {face.style}", 6: face.name}
    for record, text in names.items():
        font["name"].setName(text, record, 3, 1, 0x409)
    for record in (16, 17, 21, 22, 25):
        font["name"].removeNames(nameID=record)
    # The theme's bold is drawn at 600; it is filed as 700 because that is what "bold" asks for.
    font["OS/2"].usWeightClass = 700 if bold else 400
    font["OS/2"].fsSelection = 1 if italic else 32 if bold else 64
    font["head"].macStyle = 2 if italic else 1 if bold else 0


def _bytes(font: Any) -> bytes:
    stream = BytesIO()
    font.save(stream, reorderTables=None)
    return stream.getvalue()
