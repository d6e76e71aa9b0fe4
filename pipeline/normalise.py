"""Segments in the script that alignment and translation work on; the reader keeps the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.language import Language, hant_variant, to_simplified
from pipeline.model import Segment


def normalise(segments: Sequence[Segment], language: Language) -> list[Segment]:
    """Fill `normal` of one source's segments: Simplified for Chinese, else the text as it is read.

    Which regional words a Traditional text has is decided once, from all of it.
    """
    if language.base == "yue" or (language.base == "zh" and language.script == "Hant"):
        variant = hant_variant("\n".join(segment.plain for segment in segments), language)
        return [replace(segment, normal=to_simplified(segment.plain, variant)) for segment in segments]
    return [replace(segment, normal=segment.plain) for segment in segments]
