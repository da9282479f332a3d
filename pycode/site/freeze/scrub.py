"""What must not reach a page: progress bars, addresses, machine paths, secrets."""

import getpass
import re
import sys
import tempfile
from pathlib import Path

from pycode.errors import CourseError

IPYKERNEL = re.compile(r"[^\s\"'<>]*/ipykernel_\d+/\d+\.py")
PACKAGES = re.compile(r"[^\s\"'<>&;]*/(site-packages|dist-packages|lib/python3\.\d+)/")
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}")
BAR = re.compile(r"^.*\d+%\|[█▏▎▍▌▋▊▉# ]*\|.*(?:\n|$)", re.M)
PATH = re.compile(
    r"(?<![\w.:/~-])/(?:home|Users|root|tmp|private|var/folders|mnt|workspace|kaggle|content)"
    r"(?:/[^\s\"'<>:,;)\]]+)+|\b[A-Z]:\\Users\\\S+"
)
SECRETS = (
    r"\bhf_[A-Za-z0-9]{16,}", r"\bgh[pousr]_[A-Za-z0-9]{20,}", r"\bgithub_pat_\w{20,}",
    r"\bAKIA[0-9A-Z]{16}\b", r"\bsk-[A-Za-z0-9_-]{20,}", r"\bxox[abp]-[\w-]{10,}",
    r"\bAIza[\w-]{35}", r"\bglpat-[\w-]{20,}", r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"(?i:token|secret|api[_-]?key|passw(?:or)?d)[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9_\-]{20,}",
    r"(?i:token|secret|key|passw(?:or)?d)\W{0,12}\b[0-9a-fA-F]{32,}\b",
)  # fmt: skip
SECRET = re.compile("|".join(SECRETS))
COMMON_USERS = {"root", "user", "runner", "ubuntu", "debian", "jovyan", "student", "course"}


def clean_text(text: str, root: Path) -> str:
    """Return an output's text without progress bars and memory addresses, paths made relative.

    Carriage returns keep what a terminal would show last; colours are left to the caller.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be stored
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
    text = BAR.sub("", "\n".join(lines))
    text = ADDRESS.sub("", IPYKERNEL.sub("<ipykernel>.py", text))
    for base in _spellings(root):
        text = text.replace(base + "/", "")
    return PACKAGES.sub(lambda match: match[1] + "/", text)


def reject_leaks(text: str, place: str, root: Path, what: str = "the output") -> None:
    """Raise when ``text`` shows something that belongs to a machine or to a person.

    Raises:
        CourseError: a machine's path, a user name or something like a secret; secrets are not
            repeated in the message.
    """
    if SECRET.search(text):
        raise CourseError(
            f"{place}: {what} holds something like a secret (token or key): remove it."
        )
    path = next((base for base in _machine_paths(root) if base in text), None)
    found = PATH.search(text)
    if path or found:
        shown = path or (found[0] if found else "")
        raise CourseError(
            f"{place}: {what} holds the path {shown!r} of this machine: print a name instead."
        )
    name = _user()
    if name and re.search(rf"[/\\@=]{re.escape(name)}\b|\b{re.escape(name)}@", text):
        raise CourseError(f"{place}: {what} holds the user name {name!r}: do not print it.")


def _machine_paths(root: Path) -> list[str]:
    places = {sys.prefix, sys.base_prefix, tempfile.gettempdir(), _home(), *_spellings(root)}
    return sorted(
        place for place in places if place.count("/") > 1 and place not in ("/usr/local",)
    )


def _home() -> str:
    try:
        return str(Path.home())
    except RuntimeError:
        return ""


def _user() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        return ""
    return "" if name in COMMON_USERS or len(name) < 3 else name


def _spellings(root: Path) -> list[str]:
    return sorted({str(root), str(root.resolve())}, key=len, reverse=True)
