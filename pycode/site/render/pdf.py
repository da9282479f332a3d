"""Hand-outs: pages with `format: typst` as PDF, by Typst."""

import json
from pathlib import Path
from typing import Any, cast

from pycode.errors import CourseError
from pycode.site.render import dates
from pycode.site.render.config import SiteConfig
from pycode.site.render.shell import Rendered
from pycode.site.render.store import Store, digest

PREAMBLE = Path(__file__).parent / "templates" / "handout.typ"


def source(config: SiteConfig, item: Rendered) -> str:
    """Return the complete Typst source of a hand-out."""
    meta, parts = item.document.meta, item.parts
    given = meta.get("date")
    values = {
        "lang": str(meta.get("lang") or config.language).split("-")[0],
        "site": config.title,
        "date": dates.long(dates.parse(given, item.document.source), config.language)
        if given
        else "",
        "papersize": str(meta.get("papersize") or "a4").replace("letter", "us-letter"),
        "licence": str(meta.get("license") or ""),
        "plain-title": parts.plain_title,
    }
    arguments = ", ".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()
    )
    authors = ", ".join(f"[{name}]" for name in parts.authors)
    show = f"#show: handout.with({arguments}, title: [{parts.title}], subtitle: [{parts.subtitle}], authors: ({authors}{',' if authors else ''}))"
    return f"{PREAMBLE.read_text(encoding='utf-8')}\n{show}\n\n{parts.body}\n"


def compile_pdf(config: SiteConfig, item: Rendered, store: Store, images: list[bytes]) -> bytes:
    """Return the PDF of a hand-out; it carries no date of its own, so that builds do not differ.

    Raises:
        CourseError: Typst refused the source; its message is passed on.
    """
    import typst

    text = source(config, item)
    fonts = config.root / ".course" / "fonts"
    stamp = "".join(f"{path.name}{path.stat().st_size}" for path in sorted(fonts.glob("*.ttf")))
    key = digest("pdf 1", text, stamp, *images)
    kept = store.get("pdf", key)
    if kept is not None:
        return kept
    try:
        data = typst.compile(
            text.encode("utf-8"),
            root=cast(Any, str(config.root)),
            font_paths=cast(Any, [str(fonts)] if stamp else []),
            format="pdf",
            timestamp=0,
        )
    except (RuntimeError, typst.TypstError) as error:
        raise CourseError(
            f"{item.document.source}: Typst stopped: {' '.join(str(error).split())[:300]}"
        ) from None
    return store.put("pdf", key, bytes(data))
