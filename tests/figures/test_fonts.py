"""Fonts are cut from the packages to what the theme needs, and the same cut comes out twice."""

import re

import pytest

from pycode.errors import CourseError
from pycode.figures.fonts import CUTS, FACES, cut, static_fonts
from pycode.figures.style import families

CODE = FACES[-1]


@pytest.fixture(scope="module")
def packages(project):
    return project.root / "node_modules" / "@fontsource-variable"


def test_a_face_is_small_and_has_what_pages_write(packages, tmp_path):
    from fontTools.ttLib import TTFont

    path = cut(packages, tmp_path, CODE)
    font = TTFont(path)
    assert path.stat().st_size < (packages / CODE.source).stat().st_size / 2
    assert "fvar" not in font and font["OS/2"].usWeightClass == 400
    assert set(map(ord, "aéñß–—×−“”…·€")) <= set(font.getBestCmap())
    again = cut(packages, tmp_path / "again", CODE)
    assert again.read_bytes() == path.read_bytes()


def test_cuts_can_be_found_by_family_and_style(packages, tmp_path):
    from matplotlib.font_manager import FontProperties, get_font, ttfFontProperty

    path = cut(packages, tmp_path, next(face for face in CUTS if face.name == "SourceSans3-Bold"))
    entry = ttfFontProperty(get_font(path))
    assert (entry.name, entry.weight, entry.style) == ("Source Sans 3", 700, "normal")
    assert FontProperties(fname=path).get_name() == "Source Sans 3"


def test_finished_files_are_not_made_again(tmp_path):
    for face in CUTS:
        (tmp_path / face.file).write_bytes(b"kept")
    assert [p.read_bytes() for p in static_fonts(tmp_path / "nowhere", tmp_path)] == [
        b"kept"
    ] * len(CUTS)


def test_forced_files_are_made_again(packages, tmp_path):
    (tmp_path / CODE.file).write_bytes(b"old")
    assert cut(packages, tmp_path, CODE, force=True).read_bytes()[:4] == b"wOF2"


def test_a_missing_package_says_what_to_do(tmp_path):
    with pytest.raises(CourseError, match="run `course setup web`"):
        static_fonts(tmp_path / "nowhere", tmp_path / "fonts")


def test_the_style_sheet_asks_for_files_that_are_made(project):
    css = (project.root / "assets" / "theme" / "fonts.css").read_text()
    assert {*re.findall(r"fonts/([\w-]+)\.woff2", css)} == {face.name for face in FACES}


def test_figures_use_the_course_face_where_it_is_installed():
    assert families() == ["Source Sans 3", "DejaVu Sans"]
