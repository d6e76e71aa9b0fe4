"""Bytes to text: every encoding in the promise, long and short, labelled, mislabelled and not at all."""

from __future__ import annotations

import codecs
import itertools

import pytest

from pipeline.errors import UserError
from pipeline.language import to_traditional
from pipeline.read import parse
from pipeline.read.decode import decode

HANS = (
    "港口将在冬天关闭",
    "港口",
    "她说：“我们算了很久。”",
    "港务公司周一宣布，新的控制系统将在明年春天上线，预计每年节省1200万欧元。",
    "1. 起重机会报告自己的载重；2. 控制室提前三天安排泊位。",
)
WESTERN = (
    "Größe",
    "für",
    "Öl",
    "Straße",
    "Mitbegründer",
    "ausgeführt, fähig und jährlich",
    "Der Hafen schließt im Winter für fünf Wochen.",
    "„Wir haben lange gerechnet“, sagte die Hafenmeisterin – und lächelte …",
    "Bei −3 °C kostet die Tonne 300 €.".replace("−", "-"),
    "L'été dernier, le café fermait à minuit.",
)
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-32")
CASES = [
    *itertools.product(HANS, (*UNICODE, "gb18030", "gbk")),
    *itertools.product(map(to_traditional, HANS), (*UNICODE, "gb18030", "big5")),
    *itertools.product(WESTERN, (*UNICODE, "cp1252")),
    # Without a mark, UTF-16 needs something to be told by.
    *itertools.product((*HANS[2:], *map(to_traditional, HANS[2:]), *WESTERN), ("utf-16-le", "utf-16-be")),
]


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "a.txt") == text


def test_marks_are_not_part_of_the_text() -> None:
    for mark, encoding in [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ]:
        assert decode(mark + "ab\ufeffc".encode(encoding), "a.txt") == "ab\ufeffc"


@pytest.mark.parametrize(
    ("data", "byte", "reason"),
    [
        # A text that is UTF-8 but for one byte is not taken for another encoding.
        ("Für Größe und Übermut".encode().replace(b" und", b" \xfcnd"), 13, "valid UTF-8"),
        ("港口将在冬天关闭，船期顺延。".encode()[:-1], 39, "valid UTF-8"),
        (codecs.BOM_UTF8 + b"abc\xff", 6, "valid UTF-8"),
        (codecs.BOM_UTF16_LE + "港".encode("utf-16-le") + b"\x00\xd8", 4, "valid UTF-16"),
        (codecs.BOM_UTF16_BE + b"\x00a\x00", 4, "valid UTF-16"),
        (bytes(range(0x80, 0x100)), 0, "text in any known encoding"),
    ],
)
def test_what_cannot_be_decoded_names_file_and_byte(data: bytes, byte: int, reason: str) -> None:
    with pytest.raises(UserError) as error:
        decode(data, "folder/a.txt")
    assert str(error.value) == (
        f"folder/a.txt cannot be decoded: byte {byte} (0x{data[byte]:02x}) is not {reason}; save the file as UTF-8."
    )


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"text\0text", b"\0" * 40 + b"\x01", b"PK\x03\x04\x14\0\0\0"]
)
def test_binary_files_are_told(data: bytes) -> None:
    with pytest.raises(UserError, match=f"binary file .byte {data.index(0)} is NUL"):
        decode(data, "a.txt")


PAGE = '<html><head><meta charset="{label}"><title>t</title></head><body><p>{text}</p></body></html>'


@pytest.mark.parametrize(
    ("text", "encoding", "label"),
    [
        (HANS[3], "gb18030", "gb2312"),
        (HANS[3], "utf-8", "gb2312"),
        (HANS[3], "gbk", "utf-8"),
        (HANS[3], "gbk", "iso-8859-1"),
        (to_traditional(HANS[3]), "big5", "Big5"),
        (to_traditional(HANS[3]), "big5", "gbk"),
        (WESTERN[3], "cp1252", "iso-8859-1"),
        (WESTERN[4], "cp1252", "us-ascii"),
        (WESTERN[3], "cp1252", "utf-8"),
        (WESTERN[3], "utf-16", "utf-8"),
        (WESTERN[3], "utf-8", "no such encoding"),
        (WESTERN[3], "utf-8", "rot13"),
        (WESTERN[3], "utf-8", "unicode_escape"),
        ("Порт закроют на пять недель.", "cp1251", "windows-1251"),
        ("Порт закроют на пять недель.", "koi8-r", "koi8-r"),
        ("港は冬のあいだ閉まります。", "shift_jis", "Shift_JIS"),
        ("겨울 동안 항구가 문을 닫습니다.", "euc-kr", "euc-kr"),
        ("Liman kışın beş hafta kapanıyor.", "iso8859-9", "iso-8859-9"),
    ],
)
def test_pages_say_their_encoding_rightly_or_wrongly(text: str, encoding: str, label: str) -> None:
    (document,) = parse(PAGE.format(label=label, text=text).encode(encoding), "a.html")
    assert document.text == text


def test_other_ways_to_say_it() -> None:
    old = f'<meta http-equiv="Content-Type" content="text/html; charset = koi8-r"><p>{"Порт закроют."}</p>'
    assert parse(old.encode("koi8-r"), "a.html")[0].text == "Порт закроют."
    xhtml = f'<?xml version="1.0" encoding="windows-1251"?><html><body><p>{"Порт закроют."}</p></body></html>'
    assert parse(xhtml.encode("cp1251"), "a.html")[0].text == "Порт закроют."
