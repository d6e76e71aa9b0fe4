"""What stands around a number: `about`, `or more`, `a day`, and what an amount is the amount of."""

from __future__ import annotations

from pipeline.compare.draft import Draft
from pipeline.compare.words import Words

# How many tokens away the words that say "a day", or "revenue", may stand.
_RATE_REACH, _RATE_REACH_HAN, _RATE_REACH_FORWARD = 6, 14, 4
_ASPECT_REACH = 16
_CHANGE_REACH = 10
# "From 10 to 20": the first is true no more, and says so.
START = "before a change"


def after(words: Words, draft: Draft) -> None:
    """`or more`, 以上, 左右."""
    i = draft.next
    if words.sense(i, "after_over"):
        # A plus between two numbers adds them.
        if words.text(i) == "+" and words.starts_number(i + 1):
            return
        draft.over, draft.next = True, i + 1
    elif words.sense(i, "after_under"):
        draft.under, draft.next = True, i + 1
    elif words.sense(i, "after_about"):
        draft.about, draft.next = True, i + 1


def before(words: Words, draft: Draft) -> None:
    """`about`, `more than`, `up to` before the number; two may stack: `bis zu etwa`."""
    share = draft.unit is not None and draft.unit.name == "%"
    for _ in range(2):
        i = draft.first - 1
        if share and words.lower(i) in ("die", "der", "das", "the", "a", "an"):
            i -= 1
        for role in ("about", "over", "under"):
            if words.sense(i, role) and (words.text(i) != "上" or _is_bare(words, draft.first)):
                setattr(draft, role, True)
                draft.first = i
                break
        else:
            return


def _is_bare(words: Words, i: int) -> bool:
    """上 means "over" only before a scale word without digits: 上百, 上万."""
    return bool(words.sense(i, "small") or words.sense(i, "big"))


def negative(words: Words, draft: Draft) -> bool:
    """`minus 5 %`, -5 °C; a hyphen between two numbers is a dash."""
    before = words.tokens[draft.first - 1] if draft.first else None
    if before is None or draft.unit is None or draft.unit.name not in ("%", "°C"):
        return False
    return before.text.lower() == "minus" or (
        before.text in "-−" and words.touches(draft.first) and (before.gap or draft.first == 1)
    )


def rate(words: Words, draft: Draft) -> str:
    """`a day`, `jeden Tag`, 每天: behind the quantity or before it in the same clause."""
    for i in range(draft.next, min(draft.next + _RATE_REACH_FORWARD, len(words))):
        if (sense := words.sense(i, "rate")) and not _is_year(words, i + 1):
            return f"/{sense.name}"
        if words.ends_clause(i) or words.starts_number(i):
            break
    reach = _RATE_REACH_HAN if words.han else _RATE_REACH
    for i in range(draft.first - 1, max(-1, draft.first - 1 - reach), -1):
        if sense := words.sense(i, "rate"):
            return f"/{sense.name}" if not _is_year(words, i + 1) else ""
        if words.ends_clause(i) or words.tokens[i].kind == "number":
            break
    return ""


def _is_year(words: Words, i: int) -> bool:
    """`Im Jahr 2026` is no rate."""
    return i < len(words) and i in words.taken


def aspect(words: Words, draft: Draft) -> str:
    """What else is said of the quantity: that a change starts there (`from 10 to 20`), that it was so
    long ago or later, or, of money and shares, what it is the amount of: the nearest word such as
    `revenue` in the same sentence."""
    if _is_start(words, draft):
        return START
    if draft.base == "s":
        for name in ("ago", "later"):
            if words.sense(draft.next, f"{name}_behind") or words.sense(draft.first - 1, f"{name}_before"):
                return name
    if not (draft.base in ("%", "times") or draft.is_money):
        return ""
    best, name = _ASPECT_REACH, ""
    for i in range(max(0, draft.first - best), min(len(words), draft.next + best)):
        if sense := words.sense(i, "aspect"):
            distance = draft.first - i if i < draft.first else i - draft.next
            if distance < best:
                best, name = distance, sense.name
    return name


def _is_start(words: Words, draft: Draft) -> bool:
    if not words.sense(draft.first - 1, "from"):
        return False
    end = min(draft.next + _CHANGE_REACH, len(words))
    return any(
        words.sense(i, "to") and any(words.starts_number(j) for j in range(i + 1, i + 5))
        for i in range(draft.next, end)
    )
