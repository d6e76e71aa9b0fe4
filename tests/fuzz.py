"""What the fuzz tests share: how many examples, how long one may take, texts and damaged files by chance."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from test_read_hostile import PIECES

from pipeline.language import Language

# So many examples for each test; without it a few, the same ones every time.
_EXAMPLES = int(os.environ.get("PARALLAX_FUZZ_EXAMPLES", "0"))
_PATIENCE = 30  # seconds for one example; the slowest takes well under one
F = TypeVar("F", bound=Callable[..., Any])


class Hang(BaseException):
    """An example that took too long. No Exception, so that no code under test can swallow it."""


def fuzz(examples: int) -> Callable[[F], F]:
    """The settings of a test with so many examples, none of which may take long; stands below `@given`."""

    def decorate(test: F) -> F:
        @functools.wraps(test)
        def limited(*arguments: Any, **named: Any) -> None:
            def hung(*_: object) -> None:
                raise Hang(f"an example took more than {_PATIENCE} seconds")

            if not hasattr(signal, "SIGALRM"):
                test(*arguments, **named)
                return
            before = signal.signal(signal.SIGALRM, hung)
            signal.alarm(_PATIENCE)
            try:
                test(*arguments, **named)
            finally:
                signal.alarm(0)
                signal.signal(signal.SIGALRM, before)

        slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
        wrapped: F = settings(
            max_examples=_EXAMPLES or examples, derandomize=not _EXAMPLES, deadline=None, suppress_health_check=slow,
            print_blob=bool(_EXAMPLES),
        )(limited)  # fmt: skip
        return wrapped

    return decorate


_NEWS = (
    "Orvelin baut eine Halle für 900 Millionen Euro. |Die Leiterin Odalys Renner sagte: „Wir gehen.“ "
    "|Am 12. Februar 2031 |um 8.30 Uhr |rund 3,5 Prozent |He said, “We will not.” |on 5 March 2031 "
    "|US$1.2bn |between 40 and 50 "
    "|他說：「我們不會。」|2031年3月5日|约5000万人|超过三成|上午8点半|馬斯克（Elon Musk）|1 250 000 t|z. B. |Nr. 5 |½|٣"
    "|Ⅷ|１２３|9" + "9" * 400 + "|1e999|31. Februar 2031|1.1.0001|Mo., 30. Feb. |0000-00-00|24:60 Uhr|minus 5 °C|-0 %"
    "|5×10^9|公里|Mrd. |Dr. |U.S. |p.m. |[1]|👩‍👩‍👧|🇩🇪|e\u0301|ﷺ|한국어 |ひらがな|ไทย |हिन्दी |\u0300\u0301\u0302|"
    "=SUM(A1)|@SUM|+1|'=|\ufeff|\u2066|\ud7ff|\ue000|\U0010ffff|ẞ|ﬃ|İ|ı|ǅ"
)  # fmt: skip
_WORDS = st.sampled_from([*_NEWS.split("|"), *PIECES, "|"])
_CHARACTERS = st.characters(exclude_categories=["Cs"])
texts = st.lists(st.one_of(_WORDS, st.text(_CHARACTERS, max_size=12)), max_size=30).map("".join)
languages = st.sampled_from([Language.parse(tag) for tag in ("de", "en", "zh-Hans", "zh-Hant", "ja", "ar", "und")])

_TOKENS = st.sampled_from(
    [
        *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\n", b"\t", b"'", b'"', b'""', b"\\"),
        *(b"<", b">", b"&", b"&x;", b"]]>", b"<!--", b"<!DOCTYPE x [<!ENTITY x 'y'>]>", b"<x>", b"</x>", b"\x1b[2J"),
        *(b"{", b"}", b"[", b"]", b",", b":", b"null", b"-1", b"1e999", b"NaN", b"9" * 5000, b"[" * 3000, b"../", b"="),
        *(b"\xe2\x80\xa8", b"\\ud800", b"#", b"a:1", b"yes", b"en", b"zh-Hans", b" ", b"~~~", b"PK\3\4", b"PK\1\2"),
    ]
)
_EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "replace", "flip", "cut", "double", "drop", "end"]),
        st.floats(0, 1),
        st.one_of(_TOKENS, st.binary(min_size=1, max_size=4)),
        st.integers(1, 300),
    ),
    min_size=1,
    max_size=5,
)


def damaged(sound: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A sound file after a few edits, as a bad disk, a careless person or an attacker would make them."""
    return st.builds(_edited, sound, _EDITS)


def _edited(data: bytes, edits: list[tuple[str, float, bytes, int]]) -> bytes:
    for kind, share, token, length in edits:
        at = int(share * len(data))
        before, run, after = data[:at], data[at : at + length], data[at + length :]
        if kind == "insert":
            data = before + token + run + after
        elif kind == "replace":
            data = before + token + data[at + len(token) :]
        elif kind == "flip":
            data = before + bytes(byte ^ token[0] for byte in run[:1]) + run[1:] + after
        elif kind == "cut":
            data = before + after
        elif kind == "double":
            data = before + run + run + after
        elif kind == "drop":
            data = before[:-length] + data[at:]
        else:
            data = before
    return data
