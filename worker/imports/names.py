"""File names: detect the encoding of names that are not UTF-8, and recognise system files."""

import codecs
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from skiplab.contract.imports import NamesCandidate
from worker.datasets.pictures import BadImages

EXAMPLES = 3

SYSTEM = frozenset(
    {
        "__macosx",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "@eadir",
        "$recycle.bin",
        "system volume information",
        "lost+found",
    }
)
"""Names that file managers and storage systems create; in lower case."""

NO_ENCODINGS = frozenset({"undefined", "unicode-escape", "raw-unicode-escape", "idna", "punycode"})
"""Codecs of Python that no file system uses."""

Name = str | bytes
"""Text where the archive declares the encoding, else the raw bytes."""


def is_system(path: str) -> bool:
    """Return whether a component of the path is hidden or a system file."""
    return any(part.startswith(".") or part.lower() in SYSTEM for part in path.split("/") if part)


def composed(name: str) -> str:
    """Normalise to NFC: macOS decomposes é into two characters, which would make two classes of one."""
    return unicodedata.normalize("NFC", name)


class UnknownNames(BadImages):
    """Raised when names are not UTF-8 and their encoding is ambiguous or unknown; carries the candidates."""

    def __init__(self, where: str, candidates: list[NamesCandidate], what: str = "file names") -> None:
        self.candidates = candidates
        shown = "; ".join(f"{each.encoding}: {', '.join(each.examples)}" for each in candidates)
        how = f"Set it with --names, such as --names {candidates[0].encoding}: {shown}."
        super().__init__(f"{where}: the {what} are not UTF-8, and their encoding cannot be detected. {how}")


def decoded(names: Sequence[Name], encoding: str | None, where: str) -> list[str]:
    """Decode all names. `encoding`: that of the names that are not UTF-8; None: detect it.

    Raises UnknownNames if it cannot be detected, BadImages if the given encoding does not fit.
    """
    raw = [name for name in names if isinstance(name, bytes) and not name.isascii()]
    unknown = [name for name in raw if not _is_utf8(name)]
    if not unknown:
        return [name if isinstance(name, str) else name.decode() for name in names]
    # One archive has one encoding, in which some names may be valid UTF-8 by chance. If none fits all, it has two.
    codec = _checked(encoding, raw, where) if encoding else _detected(raw, unknown, where, "file names")
    keeps_utf8 = not encoding and not _fits(codec, raw)
    return [
        name
        if isinstance(name, str)
        else name.decode("utf-8" if name.isascii() or (keeps_utf8 and _is_utf8(name)) else codec)
        for name in names
    ]


def encoding_of(texts: Sequence[bytes], encoding: str | None, where: str, what: str) -> str:
    """Return the encoding of non-ASCII texts: the given one after a check, else the detected one.

    `what`: their name in errors, in the plural. Raises UnknownNames, or BadImages if the given encoding does not fit.
    """
    raw = list(texts)
    return _checked(encoding, raw, where) if encoding else _detected(raw, raw, where, what)


def _fits(codec: str, names: list[bytes]) -> bool:
    """Return whether all names are plausible in this encoding."""
    return any(
        each.codec == codec and (text := each.read(names)) is not None and each.looks_right(text) for each in CANDIDATES
    )


def _checked(encoding: str, names: list[bytes], where: str) -> str:
    try:
        "".encode(encoding)  # raises LookupError also for codecs that are not text encodings
        codec = codecs.lookup(encoding).name
    except (LookupError, TypeError, UnicodeError):
        codec = None
    if codec is None or codec in NO_ENCODINGS:
        raise BadImages(f"--names {encoding}: unknown encoding. Examples: gbk, big5, shift_jis, cp437.")
    try:
        unreadable = [name for name in names if not name.decode(codec).isprintable()]
    except UnicodeDecodeError as error:
        shown = error.object.decode("ascii", "backslashreplace")
        raise BadImages(f"{where}: the names are not {encoding}: {shown} cannot be decoded.") from None
    if unreadable:
        shown = unreadable[0].decode("ascii", "backslashreplace")
        raise BadImages(f"{where}: the names are not {encoding}: {shown} decodes to unprintable characters.")
    return codec


def _detected(raw: list[bytes], unknown: list[bytes], where: str, what: str) -> str:
    """Return the only encoding in which all names, or else those that are not UTF-8, are plausible words."""
    for names in (raw, unknown):
        readable = [(candidate, text) for candidate in CANDIDATES if (text := candidate.read(names)) is not None]
        likely = _distinct([(candidate, text) for candidate, text in readable if candidate.looks_right(text)])
        if len(likely) == 1:
            return likely[0][0].codec
        if likely:
            break
    shown = [
        NamesCandidate(encoding=candidate.name, examples=_examples(text))
        for candidate, text in likely or _distinct(readable)
    ]
    as_bytes = NamesCandidate(encoding="latin-1", examples=_examples([name.decode("latin-1") for name in unknown]))
    raise UnknownNames(where, shown or [as_bytes], what)


def _distinct(readings: list[tuple["_Candidate", list[str]]]) -> list[tuple["_Candidate", list[str]]]:
    """Drop encodings that give the same text as an earlier one."""
    kept: list[tuple[_Candidate, list[str]]] = []
    for candidate, text in readings:
        if all(text != other for _, other in kept):
            kept.append((candidate, text))
    return kept


def _examples(names: list[str]) -> list[str]:
    """Return one name from each of the first folders: more files of one class add nothing."""
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(name.rpartition("/")[0] or name, name)
    return list(seen.values())[:EXAMPLES]


@dataclass(frozen=True)
class _Candidate:
    name: str
    """Its common name."""

    codec: str
    """Python's codec, often a superset."""

    looks_right: Callable[[list[str]], bool]

    def read(self, names: list[bytes]) -> list[str] | None:
        try:
            text = [name.decode(self.codec) for name in names]
        except UnicodeDecodeError:
            return None
        return text if all(map(str.isprintable, text)) else None


def _leads(codec: str, low: int, high: int, *, also: str = "") -> Callable[[list[str]], bool]:
    """Return a test whether all non-ASCII characters are common ones: their lead byte in `codec` is in this range."""
    more = re.compile(also or r"(?!)")

    def is_common(letter: str) -> bool:
        try:
            found = letter.encode(codec)
        except UnicodeEncodeError:
            return False
        return (len(found) == 2 and low <= found[0] <= high) or bool(more.match(letter))

    return lambda names: all(is_common(letter) for name in names for letter in name if not letter.isascii())


def _latin(names: list[str]) -> bool:
    """Return whether accented letters are a minority of each word, as in café."""
    return all(_is_latin(word) for name in names for word in re.findall(r"[^\W\d_]+|[^\x00-\x7f]", name))


def _is_latin(word: str) -> bool:
    accented = [letter for letter in word if not letter.isascii()]
    if any(not unicodedata.name(letter, "").startswith("LATIN") or not letter.isalpha() for letter in accented):
        return False
    return 2 * len(accented) < len(word) + 1 and _has_one_case(word)


def _cyrillic(names: list[str]) -> bool:
    return all(
        word.isascii()
        or (_has_one_case(word) and all(unicodedata.name(letter, "").startswith("CYRILLIC") for letter in word))
        for name in names
        for word in re.findall(r"[^\W\d_]+|[^\x00-\x7f]", name)
    )


def _has_one_case(word: str) -> bool:
    return word.islower() or word.isupper() or word[1:].islower()


CANDIDATES = (
    _Candidate("gbk", "gb18030", _leads("gb2312", 0xB0, 0xD7)),
    _Candidate("big5", "cp950", _leads("big5", 0xA4, 0xC6)),
    _Candidate("shift_jis", "cp932", _leads("shift_jis", 0x88, 0x97, also=r"[\u3041-\u3096\u30a1-\u30fa\u30fc\u3005]")),
    _Candidate("euc_kr", "cp949", _leads("euc_kr", 0xB0, 0xC8)),
    _Candidate("cp437", "cp437", _latin),
    _Candidate("cp850", "cp850", _latin),
    _Candidate("cp1252", "cp1252", _latin),
    _Candidate("cp1250", "cp1250", _latin),
    _Candidate("cp1251", "cp1251", _cyrillic),
    _Candidate("cp866", "cp866", _cyrillic),
    _Candidate("koi8_r", "koi8_r", _cyrillic),
)


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
