"""What is too heavy is named with its heaviest parts; pictures and unused files do not count."""

import random

from pycode.site.checks import weight


def messages(course):
    return "\n".join(map(str, weight.check(course)))


def noise(kilobytes):
    """Text that gzip cannot make smaller than ``kilobytes``."""
    generator = random.Random(0)
    return "".join(generator.choice("0123456789abcdef") for _ in range(kilobytes * 2048))


def test_a_light_site_passes_whatever_it_does_not_load(course, put):
    put(noise(300), "unused.js")
    (course.site / "big.png").write_bytes(random.Random(0).randbytes(400_000))
    put('<img src="big.png" alt="big">')
    assert messages(course) == ""


def test_a_heavy_script_makes_its_page_heavy(course, put):
    put("// " + noise(130), "script.js")
    found = messages(course)
    assert "index.html: this page weighs" in found and "heaviest: script.js" in found
    assert "more than 120 kB" in found and "other.html" in found


def test_a_deck_may_weigh_more(course, put):
    put('<div class="reveal"><div class="slides"><section>one</section></div></div>')
    put("// " + noise(130), "script.js")
    assert "index.html" not in messages(course)
    put("// " + noise(270), "script.js")
    assert "index.html: this deck weighs" in messages(course)


def test_a_heavy_figure_is_found(course, put):
    put(f"<svg><!-- {noise(70)} --></svg>", "figure.svg")
    assert messages(course).startswith("figure.svg: weighs 80 kB, more than 60 kB")
