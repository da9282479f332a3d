"""Small files of a site: sitemap, robots.txt, redirects of moved pages."""

import html
import os.path
from pathlib import PurePosixPath

from pycode.errors import CourseError
from pycode.site.render import dates
from pycode.site.render.shell import Rendered

REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page has moved</title>
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url={target}">
<link rel="canonical" href="{target}">
</head>
<body><p>This page has moved to <a href="{target}">{target}</a>.</p></body>
</html>
"""


def sitemap(site_url: str, pages: list[Rendered]) -> str:
    """Return `sitemap.xml`; `lastmod` only where a page states its date, so that builds do not differ."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
    ]
    for page in sorted(pages, key=lambda item: item.document.output):
        meta = page.document.meta
        stated = meta.get("date-modified") or meta.get("date")
        modified = (
            f"<lastmod>{dates.parse(stated, page.document.source)}</lastmod>" if stated else ""
        )
        lines.append(
            f"<url><loc>{html.escape(f'{site_url}/{page.document.output}')}</loc>{modified}</url>"
        )
    return "\n".join([*lines, "</urlset>", ""])


def robots(site_url: str) -> str:
    """Return `robots.txt`, which names the sitemap."""
    return f"Sitemap: {site_url}/sitemap.xml\n"


def redirects(pages: list[Rendered], taken: set[str]) -> dict[str, str]:
    """Return the pages that lead from old addresses (`aliases:`) to the present ones, by site-relative path.

    Raises:
        CourseError: an old address is the address of a page, or two pages claim it.
    """
    result: dict[str, str] = {}
    for page in pages:
        aliases = page.document.meta.get("aliases") or []
        for alias in [aliases] if isinstance(aliases, str) else aliases:
            path = _alias_path(page, str(alias))
            if path.split("/")[0] == ".." or "\0" in path:
                raise CourseError(
                    f"{page.document.source}: the alias {alias!r} lies outside of the site: correct it."
                )
            if path in taken or path in result:
                raise CourseError(
                    f"{page.document.source}: the alias {alias!r} is the address of another page: drop it."
                )
            target = os.path.relpath(page.document.output, PurePosixPath(path).parent.as_posix())
            result[path] = REDIRECT.format(target=html.escape(target.replace(os.sep, "/")))
    return result


def _alias_path(page: Rendered, alias: str) -> str:
    path = alias.split("#")[0]
    if path.endswith("/") or not PurePosixPath(path).suffix:
        path = path.rstrip("/") + "/index.html"
    folder = PurePosixPath() if path.startswith("/") else PurePosixPath(page.document.output).parent
    return os.path.normpath((folder / path.lstrip("/")).as_posix()).replace(os.sep, "/")
