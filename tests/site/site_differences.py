"""Where two rendered sites say different things."""

from dataclasses import fields

from site_facts import PageFacts, SiteFacts


def contrast(mine: object, other: object) -> str:
    """Say how two values of a fact differ; of two lists only what is not in both, unless it is the order."""
    if isinstance(mine, list) and isinstance(other, list):
        here = [item for item in mine if item not in other]
        there = [item for item in other if item not in mine]
        if here or there:
            return f"only here {here!r}, only in Quarto's {there!r}"
    return f"got {mine!r}, Quarto has {other!r}"


def page_differences(name: str, ours: PageFacts, theirs: PageFacts) -> list[str]:
    """One line for each fact on which the two pages differ."""
    pairs = [
        (item.name, getattr(ours, item.name), getattr(theirs, item.name))
        for item in fields(PageFacts)
    ]
    return [
        f"{name}: {key}: {contrast(mine, other)}" for key, mine, other in pairs if mine != other
    ]


def differences(ours: SiteFacts, theirs: SiteFacts) -> list[str]:
    """One line for each fact on which the two sites differ; empty when they agree.

    Search indexes are made in different ways, so they are not compared page by page.
    """
    found = [f"{name}: only here" for name in sorted(set(ours.files) - set(theirs.files))]
    found += [
        f"{name}: only in Quarto's site" for name in sorted(set(theirs.files) - set(ours.files))
    ]
    found += [
        f"{name}: a page in one site only" for name in sorted(set(ours.pages) ^ set(theirs.pages))
    ]
    for name in sorted(set(ours.pages) & set(theirs.pages)):
        found += page_differences(name, ours.pages[name], theirs.pages[name])
    if ours.sitemap != theirs.sitemap:
        found.append(f"sitemap.xml: got {ours.sitemap!r}, Quarto has {theirs.sitemap!r}")
    if ours.feeds != theirs.feeds:
        found.append(f"feeds: got {ours.feeds!r}, Quarto has {theirs.feeds!r}")
    return found
