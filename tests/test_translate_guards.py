"""The guards, each on a failure that translation models are known for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.language import Language
from pipeline.translate import guarded, guards
from pipeline.translate.engine import MAX_TOKENS, Hypothesis
from pipeline.translate.protect import Span

GERMAN, CHINESE, ENGLISH = Language("de"), Language("zh", "Hans"), Language("en")

FAULTY = [
    # A loop of words, of a phrase, of letters within a word, and one that never ended.
    ("zh", "（掌声）", "(Applause) (Applause) (Applause) (Applause) (Applause) (Applause)", ("repetition",)),
    ("zh", "他赞成", "He is in favour of the view that he is in favour of the view that he is in favour of the view",
     ("repetition",)),
    ("de", "Hauptsache", "mainstremainstremainstremainstremainstre", ("repetition",)),
    ("de", "Der Rat tagt in Bonn.", "The council is the council is the council is the council", ("repetition",)),
    # Nothing, or nothing but punctuation.
    ("de", "Der Rat tagt.", "", ("empty",)),
    ("zh", "是的", "...", ("empty",)),
    # The tail of a sentence is gone.
    ("de", "Der Rat tagte bis in die Nacht, doch am Ende stand kein Beschluss, wie ein Sprecher sagte.",
     "The council met.", ("short",)),
    ("zh", "会议一直开到深夜，但是发言人说最后没有任何决定。", "The meeting.", ("short",)),
    # The text came back as it was, in part or in whole.
    ("de", "Der Rat tagt heute in Bonn", "Der Rat tagt heute in Bonn", ("untranslated",)),
    ("de", "NEUE BRÜCKE GESPERRT", "NEUE BRÜCKE GESPERRT", ("untranslated",)),
    ("de", "Warum gestern niemand genauer nachfragen wollte", "Why gestern niemand genauer nachfragen wollte",
     ("untranslated",)),
    ("zh", "王小明来了", "王小明 has come", ("untranslated",)),
    ("ja", "東京タワーは高い", "タワー is high", ("untranslated",)),
    # A number is another.
    ("de", "Das kostet 5,5 Billionen.", "That costs 5.5 billion.", ("numbers",)),
    ("zh", "10万人", "10 people", ("numbers",)),
]  # fmt: skip
SOUND = [
    ("de", "Der Rat tagt heute in Bonn.", "The council meets in Bonn today."),
    ("de", "Elon Musk", "Elon Musk"),
    ("de", "Grok Imagine", "Grok Imagine"),
    ("de", "KI", "AI"),
    ("de", "Ja, ja, ja, ja, ja, ja, ja!", "Yes, yes, yes, yes, yes, yes, yes!"),
    ("de", "Die Hände, die Füße, die Augen und die Ohren", "The hands, the feet, the eyes and the ears"),
    ("de", "Der Film heißt „Mississippi“", 'The film is called "Mississippi"'),
    ("zh", "是的。", "Yes."),
    ("de", "1 2 3", "1 2 3"),
    ("en", "the same", "the same"),
]


@pytest.mark.parametrize(("tag", "source", "output", "codes"), FAULTY)
def test_known_failures_are_found(tag: str, source: str, output: str, codes: tuple[str, ...]) -> None:
    assert guards.faults(source, output, Language.parse(tag)) == codes


@pytest.mark.parametrize(("tag", "source", "output"), SOUND)
def test_sound_translations_pass(tag: str, source: str, output: str) -> None:
    assert guards.faults(source, output, Language.parse(tag)) == ()


def test_an_output_that_was_stopped_is_a_repetition() -> None:
    assert guards.faults("Der Rat tagt.", "The council meets", GERMAN, complete=False) == ("repetition",)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("NEUE BRÜCKE WIRD GESPERRT", "Neue Brücke Wird Gesperrt"),
        ("neue brücke wird gesperrt", "Neue Brücke Wird Gesperrt"),
        ("USA UND NATO", None),
        ("EU SPERRT BRÜCKE", "EU Sperrt Brücke"),
        ("Neue Brücke", None),
        ("ok", None),
        ("城市建造新桥", None),
    ],
)
def test_headlines_in_one_case(text: str, made: str | None) -> None:
    assert guards.recased(text) == made


def test_chinese_marks_become_english_ones() -> None:
    assert guards.english_marks("Yes。.") == "Yes."
    assert guards.english_marks("Yes，he said （twice）。") == "Yes, he said (twice)."
    assert guards.english_marks("Wait ... what?!") == "Wait ... what?!"


def test_long_text_is_cut_at_clauses() -> None:
    text = "Der Rat tagte lange, doch es kam nichts heraus; am Ende gingen alle heim, auch der Vorsitzende"
    assert guards.clauses(text, 10, 20) == [
        "Der Rat tagte lange, doch es kam nichts heraus;",
        " am Ende gingen alle heim, auch der Vorsitzende",
    ]
    assert guards.clauses("会议开到深夜，但是没有决定", 10, 20) == ["会议开到深夜，", "但是没有决定"]
    assert guards.clauses("33,229,000,000", 2, 4) == ["33,229,", "000,000"]  # no clause, no space: anywhere


@settings(derandomize=True)
@given(st.text(alphabet="ab ,。;—\n1", max_size=300), st.integers(1, 20))
def test_cutting_loses_nothing(text: str, fits: int) -> None:
    pieces = guards.clauses(text, fits, len(text))
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["a" * 200_000, "ab " * 60_000, "a, " * 60_000, "。" * 200_000, "的" * 200_000])
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.perf_counter()
    guards.faults(text, text, CHINESE)
    guards.clauses(text, 100, len(text))
    guards.recased(text)
    guards.english_marks(text)
    assert time.perf_counter() - start < 10


class Scripted:
    """A model that answers what a test wants it to: a function of the text and the mode."""

    def __init__(self, answer: Callable[[str, bool], str]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, bool]] = []

    def length(self, text: str) -> int:
        return len(text.split())

    def decode(
        self, texts: Sequence[str], *, careful: bool = False, progress: Callable[[int], None] | None = None
    ) -> list[Hypothesis]:
        assert len(set(texts)) == len(texts)
        self.asked += [(text, careful) for text in texts]
        return [Hypothesis(self.answer(text, careful), -0.1, 5) for text in texts]


def translated(text: str, answer: Callable[[str, bool], str], language: Language = GERMAN) -> guarded.Output:
    return guarded.translate([text], Scripted(answer), language)[0]


def test_a_loop_is_tried_again_with_care() -> None:
    loop = "in the end of the end of the end of the end of the end"
    made = translated("Am Ende", lambda text, careful: "In the end" if careful else loop)
    assert made.text == "In the end"
    assert made.warnings == ()


def test_a_loop_that_stays_is_marked() -> None:
    made = translated("Am Ende", lambda text, careful: "the end of the end of the end of the end of the end of")
    assert made.warnings == ("repetition",)


def test_a_second_try_that_is_no_better_is_not_kept() -> None:
    loop = "the end of the end of the end of the end of the end of"
    made = translated("Am Ende", lambda text, careful: "..." if careful else loop)
    assert made.text == loop


def test_a_headline_in_capitals_goes_in_small_letters() -> None:
    words = {"Neue": "New", "Brücke": "bridge", "Gesperrt": "closed"}
    made = translated("NEUE BRÜCKE GESPERRT", lambda text, careful: " ".join(words.get(w, w) for w in text.split()))
    assert made == guarded.Output("New bridge closed", made.score)


def test_a_headline_in_small_letters_is_tried_with_capitals() -> None:
    words = {"Neue": "New", "Brücke": "bridge", "Gesperrt": "closed"}
    made = translated("neue brücke gesperrt", lambda text, careful: " ".join(words.get(w, w) for w in text.split()))
    assert made == guarded.Output("New bridge closed", made.score)


def test_what_cannot_be_tried_otherwise_is_not_tried_again() -> None:
    model = Scripted(lambda text, careful: text)
    made = guarded.translate(["Der Rat tagt heute"], model, GERMAN)
    assert made[0].warnings == ("untranslated",)
    assert len(model.asked) == 1


def test_a_lost_placeholder_splits_the_sentence() -> None:
    answers = {"Der Rat schreibt": "The council writes", "heute": "today"}
    made = translated(
        "Der Rat schreibt @a_b heute", lambda text, careful: answers.get(text, "The council writes today")
    )
    assert made.text == "The council writes @a_b today"
    assert made.warnings == ("protected",)


def test_a_kept_placeholder_needs_no_warning() -> None:
    made = translated(
        "Der Rat schreibt @a_b heute", lambda text, careful: f"Today the council writes {text.split()[3]}"
    )
    assert made.text == "Today the council writes @a_b"
    assert made.warnings == ()


def test_a_spoilt_name_is_hidden() -> None:
    def answer(text: str, careful: bool) -> str:
        return "Today XQ1 speaks" if "XQ1" in text else "Today Elan Mask speaks"

    names = [Span(2, 5, "Elon Musk", "name")]
    made = guarded.translate(["今天马斯克说"], Scripted(answer), CHINESE, lambda text: names)[0]
    assert made.text == "Today Elon Musk speaks"
    assert made.warnings == ()


def test_long_sentences_are_cut_and_no_tail_is_lost() -> None:
    text = ", ".join(f"Wort{number} kommt" for number in range(500)) + "."
    model = Scripted(lambda piece, careful: piece.replace("kommt", "comes").replace("Wort", "word"))
    made = guarded.translate([text], model, GERMAN)[0]
    assert made.text == text.replace("kommt", "comes").replace("Wort", "word")
    assert made.warnings == ("long",)
    assert all(model.length(piece) <= MAX_TOKENS for piece, _ in model.asked)


def test_text_without_words_never_reaches_the_model() -> None:
    model = Scripted(lambda text, careful: "nonsense")
    texts = ["", "—", "12,5 %", "🚀🚀", "https://x.org/a_b", "@a_b"]
    assert [output.text for output in guarded.translate(texts, model, GERMAN)] == texts
    assert model.asked == []


def test_score_is_a_mean_over_tokens() -> None:
    class Two(Scripted):
        def decode(self, texts, *, careful=False, progress=None):  # type: ignore[no-untyped-def]
            return [Hypothesis("one two", -1.0, 1) if "a" in t else Hypothesis("three", -3.0, 3) for t in texts]

    made = guarded.translate(["a `x` b"], Two(str), GERMAN)[0]  # split, since the placeholder got lost
    assert made.score == pytest.approx(2.718281828 ** ((-1.0 - 9.0) / 4))


PIECES = [
    "Der Rat ",
    "https://x.org/a_b ",
    "@user_1 ",
    "🚀",
    "`a b` ",
    "<b>",
    "</b>",
    "tagt, ",
    "a_b ",
    "。",
    "x@y.org ",
]


@settings(derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8), st.sampled_from(["", "the", "XQ1 XQ1", "XQ1 XQ2 XQ3", "🚀_"]))
def test_protected_spans_come_through_any_model(pieces: list[str], answer: str) -> None:
    from pipeline.translate import protect

    text = "".join(pieces)
    made = translated(text, lambda text, careful: answer)
    for span in protect.spans(text):
        assert span.shown in made.text
