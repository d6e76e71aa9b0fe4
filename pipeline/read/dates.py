"""Calendar dates as German, Chinese and English news write them, for bylines and metadata."""

from __future__ import annotations

import datetime
import re

_MONTHS = {
    1: "januar jänner january jan",
    2: "februar feber february feb",
    3: "märz maerz march mar mär",
    4: "april apr",
    5: "mai may",
    6: "juni june jun",
    7: "juli july jul",
    8: "august aug",
    9: "september sept sep",
    10: "oktober october okt oct",
    11: "november nov",
    12: "dezember december dez dec",
}
MONTHS = {name: number for number, names in _MONTHS.items() for name in names.split()}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))

# Each alternative is bounded, so matching takes time linear in the text.
_DATE = re.compile(
    rf"""
    (?<!\d)(?P<y1>\d{{4}})(?P<s>[-/.])(?P<m1>\d{{1,2}})(?P=s)(?P<d1>\d{{1,2}})(?!\d)
  | (?<!\d)(?P<y2>\d{{4}})[ ]?年[ ]?(?P<m2>\d{{1,2}})[ ]?月[ ]?(?P<d2>\d{{1,2}})[ ]?[日号號]
  | (?<![\d.])(?P<d3>\d{{1,2}})\.[ \xa0]?(?P<m3>\d{{1,2}})\.[ \xa0]?(?P<y3>\d{{4}})(?!\d)
  | (?<!\d)(?P<d4>\d{{1,2}})(?:\.|st|nd|rd|th)?[ \xa0](?P<n4>{_MONTH})\.?,?[ \xa0](?P<y4>\d{{4}})(?!\d)
  | \b(?P<n5>{_MONTH})\.?[ \xa0](?P<d5>\d{{1,2}})(?:st|nd|rd|th)?,?[ \xa0](?P<y5>\d{{4}})(?!\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:T|[ \xa0,|]{0,3}(?:um[ ]|at[ ])?)\d{1,2}[:.]\d{2}(?::\d{2})?(?:\.\d{1,9})?"
    r"(?:[ ]?(?:Uhr\b|Z\b|[+-]\d{2}:?\d{2}|[ap]\.?m\b\.?|CES?T\b|UTC\b|GMT\b))?",
    re.IGNORECASE,
)


def find(text: str) -> list[tuple[int, int, str, bool]]:
    """Full dates: start, end (with the time of day if one follows), ISO 8601 date, whether a time follows.

    Years before 1900 or after 2100 and days that no calendar has are left out: they are seldom the
    date of an article.
    """
    found = []
    for match in _DATE.finditer(text):
        groups = {key[0]: value for key, value in match.groupdict().items() if value}
        month = int(groups["m"]) if "m" in groups else MONTHS[groups["n"].lower()]
        try:
            day = datetime.date(int(groups["y"]), month, int(groups["d"]))
        except ValueError:
            continue
        if not 1900 <= day.year <= 2100:
            continue
        time = _TIME.match(text, match.end())
        found.append((match.start(), time.end() if time else match.end(), day.isoformat(), time is not None))
    return found


def parse(value: str) -> str:
    """The ISO date that a metadata value begins with or holds, "" where there is none."""
    found = find(value[:200])
    return found[0][2] if found else ""
