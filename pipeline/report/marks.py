"""Numbers, dates and names in the text that a reader sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.model import Claim, Segment
from pipeline.report.wording import english_forms


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a sentence: plain text, or the text of a claim, which may differ from other outlets'."""

    text: str
    claim: Claim | None = None
    differs: bool = False


def key(claim: Claim) -> tuple[str, str, int, int]:
    """What makes a claim the same one in `Story.claims` and in a `Comparison`."""
    return claim.segment, claim.kind, claim.start, claim.end


def marked(segment: Segment, claims: Iterable[Claim], differing: Callable[[Claim], bool]) -> tuple[Piece, ...]:
    """`segment.plain` cut into pieces at its claims.

    Claims count offsets in the document's text, where markup and line breaks may stand between
    the words. `plain` is that text with some characters left out, so walking both gives the place;
    it counts only if the words of the claim do stand there, or else anywhere.
    """
    plain = segment.plain
    places = _places(segment.text, plain)
    found = []
    for claim in claims:
        words = " ".join(claim.text.split())
        start = claim.start - segment.start
        at = places[start] if 0 <= start < len(places) else -1
        if not plain.startswith(words, at):
            at = plain.find(words)
        if at >= 0 and words:
            found.append((at, at + len(words), claim))
    return _pieces(plain, found, differing)


def _places(text: str, plain: str) -> list[int]:
    """For each character of `text` its place in `plain`, or that of the next one that has a place."""
    places, at = [], 0
    for character in text:
        places.append(at)
        if at < len(plain) and (character == plain[at] or (character.isspace() and plain[at] == " ")):
            at += 1
    return places


def marked_translation(
    segment: Segment, claims: Iterable[Claim], differing: Callable[[Claim], bool]
) -> tuple[Piece, ...]:
    """`segment.pivot` cut into pieces where it has a claim of the original in one of its English forms."""
    text = segment.pivot or ""
    found = []
    for claim in claims:
        for form in english_forms(claim):
            at = _whole_words(text, form)
            if at >= 0:
                found.append((at, at + len(form), claim))
                break
    return _pieces(text, found, differing)


def _whole_words(text: str, words: str) -> int:
    """Where `words` stand in `text` and are not part of a longer word or number; or -1."""
    at = text.find(words)
    while at >= 0:
        before, after = text[max(at - 2, 0) : at], text[at + len(words) : at + len(words) + 2]
        if not (_continues(before[::-1]) or _continues(after)):
            return at
        at = text.find(words, at + 1)
    return -1


def _continues(outside: str) -> bool:
    """Whether the two characters next to a find go on with its word or number ("412" in "1,412" or "412.5")."""
    return outside[:1].isalnum() or (outside[:1] in (".", ",") and outside[1:].isdigit())


def _pieces(text: str, found: list[tuple[int, int, Claim]], differing: Callable[[Claim], bool]) -> tuple[Piece, ...]:
    """Of claims that overlap, one that differs goes before one that does not, and a short before a quotation."""
    taken = bytearray(len(text))
    kept = []
    for start, end, claim in sorted(found, key=lambda at: (not differing(at[2]), at[2].kind == "quotation", at[:2])):
        shown = claim.kind != "quotation" or differing(claim)
        if shown and not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            kept.append((start, end, claim))
    pieces, done = [], 0
    for start, end, claim in sorted(kept, key=lambda at: at[:2]):
        if start > done:
            pieces.append(Piece(text[done:start]))
        pieces.append(Piece(text[start:end], claim, differing(claim)))
        done = end
    if done < len(text) or not pieces:
        pieces.append(Piece(text[done:]))
    return tuple(pieces)
