"""What kind of value each key of the front matter and of `_quarto.yml` takes, checked before anything uses it."""

from collections.abc import Callable, Mapping
from typing import Any

from pycode.errors import CourseError


def _is_text(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_texts(value: Any) -> bool:
    texts = value if isinstance(value, list) else [value]
    return all(isinstance(text, str) for text in texts)


def _is_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _is_format(value: Any) -> bool:
    return isinstance(value, dict | str) or _is_strings(value)


def _is_switch_or(inner: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, bool) or inner(value)


TEXT = (_is_text, "text")
TEXTS = (_is_texts, "text or a list of texts")
STRINGS = (_is_strings, "a list of texts")
WHOLE = (_is_whole, "a whole number")
NUMBER = (_is_number, "a number")
LIST = (_is_list, "a list")
MAPPING = (_is_mapping, "`key: value` lines")
Kind = tuple[Callable[[Any], bool], str]

PAGE: dict[str, Kind] = {
    **dict.fromkeys(
        ("title", "subtitle", "description", "date", "date-modified", "image", "image-alt", "lang", "output-file", "csl",
         "body-classes", "title-block-style", "reference-location", "transition", "papersize", "license"), TEXT),
    **dict.fromkeys(("categories", "keywords", "aliases", "bibliography", "repo-actions"), TEXTS),
    **dict.fromkeys(("toc-depth", "slide-level", "width", "height"), WHOLE),
    "margin": NUMBER, "filters": LIST, "execute": MAPPING, "format": (_is_format, "a format, or formats with options"),
    "listing": (lambda value: isinstance(value, dict | list), "`key: value` lines"),
}  # fmt: skip
LISTING: dict[str, Kind] = {"contents": TEXTS, "fields": TEXTS, "sort": TEXT}
TREE: dict[str, Kind] = {
    "project": MAPPING, "website": MAPPING, "metadata-files": STRINGS, "lang": TEXT,
    "format": PAGE["format"], "execute": MAPPING,
}  # fmt: skip
PROJECT: dict[str, Kind] = {"render": STRINGS, "resources": (lambda value: isinstance(value, str) or _is_strings(value), "a list of texts")}  # fmt: skip
WEBSITE: dict[str, Kind] = {
    **dict.fromkeys(("title", "site-url", "description", "favicon", "repo-url", "repo-branch", "issue-url"), TEXT),
    "repo-actions": TEXTS, "navbar": (_is_switch_or(_is_mapping), "`left:` and `right:`"),
    "sidebar": (lambda value: isinstance(value, dict) or (isinstance(value, list) and all(map(_is_mapping, value))), "one sidebar or a list of them"),
    "page-footer": (lambda value: isinstance(value, str | dict), "text or `left:`"),
}  # fmt: skip
NAVBAR: dict[str, Kind] = {"left": LIST, "right": LIST}
SIDEBAR: dict[str, Kind] = {"contents": LIST}
FOOTER: dict[str, Kind] = {"left": TEXT, "center": TEXT, "right": TEXT}


def check(values: Mapping[str, Any], kinds: Mapping[str, Kind], where: str) -> None:
    """Raise a CourseError for the first value of a wrong kind; nothing and `false` stand for none."""
    for key, (fits, words) in kinds.items():
        value = values.get(key)
        if value is not None and value is not False and not fits(value):
            raise CourseError(f"{where}: `{key}` must be {words}, got {value!r}.")


def check_page(meta: Mapping[str, Any], where: str) -> None:
    """Check the merged metadata of a page.

    Raises:
        CourseError: a key has a value of a wrong kind.
    """
    check(meta, PAGE, where)
    if isinstance(meta.get("listing"), dict):
        check(meta["listing"], LISTING, f"{where}: listing")


def check_tree(tree: Mapping[str, Any], where: str) -> None:
    """Check `_quarto.yml`, merged with its metadata files.

    Raises:
        CourseError: a key has a value of a wrong kind.
    """
    check(tree, TREE, where)
    website = tree.get("website") or {}
    check(tree.get("project") or {}, PROJECT, f"{where}: project")
    check(website, WEBSITE, f"{where}: website")
    if isinstance(website.get("navbar"), dict):
        check(website["navbar"], NAVBAR, f"{where}: website: navbar")
    if isinstance(website.get("page-footer"), dict):
        check(website["page-footer"], FOOTER, f"{where}: website: page-footer")
    bars = website.get("sidebar") or []
    for bar in [bars] if isinstance(bars, dict) else bars:
        check(bar, SIDEBAR, f"{where}: website: sidebar")
