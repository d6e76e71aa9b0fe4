"""A real Argos package whose weights are written by hand: it translates word by word.

A Transformer in which the first half of each vector holds what a token is, and the second where it
stands. At step t the decoder's cross-attention looks up the source token at position t, and the
output layer names the token that the dictionary gives for it; tokens that the dictionary does not
know are copied. So its output can be foretold, and everything else about it (metadata,
SentencePiece, CTranslate2, int8) is as in any other package. Further layers pass on what they get:
with six of 512 dimensions it costs what Argos' own packages cost, which the benchmark uses.

Some words make it fail as real models do: MUTE ends the translation before it began, LOOP is
translated by the same word again and again.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

POSITIONS = 512
MUTE, LOOP = "Stumm", "Schleife"
GERMAN = {
    "Die": "The", "Der": "The", "Das": "The", "die": "the", "der": "the", "das": "the", "und": "and",
    "Stadt": "city", "baut": "builds", "vier": "four", "neue": "new", "Brücken": "bridges", "Fluss": "river",
    "über": "over", "den": "the", "ist": "is", "nicht": "not", "hat": "has", "Werk": "plant", "Zug": "train",
    "Hafen": "harbour", "Millionen": "million", "Euro": "euros", "kostet": "costs", "schreibt": "writes",
    "an": "to", "siehe": "see", "heute": "today", "Heute": "Today", "Jahr": "year", "am": "on", "Baut": "Builds",
    "Schiff": "ship", "fährt": "sails", "kleine": "small", "große": "large", "Kran": "crane",
    MUTE: "</s>", LOOP: "loop",
}  # fmt: skip
CHINESE = {
    "城市": "city", "建造": "builds", "四座": "four", "新": "new", "桥": "bridges", "河": "river",
    "港口": "harbour", "船": "ship", "今天": "today", "说": "says", "和": "and", "的": "of", "在": "in",
    "工厂": "plant", "火车": "train", "市长": "mayor", "访问": "visits", "很": "very", "大": "large",
    "。": ".", "，": ",",
}  # fmt: skip
_CHARACTERS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789äöüßÄÖÜ.,:;!?'\"()[]-/%@#&+*=<>_$€~|。，、；："
    "（）“”《》马斯克王小明市长山水天地人一二三四五六七八九十"
)
_NAMES = {"de": "German", "zh": "Chinese", "zt": "Chinese (traditional)", "en": "English", "fr": "French"}


def build(
    path: Path,
    words: Mapping[str, str],
    source: str = "de",
    target: str = "en",
    version: str = "1.0",
    *,
    layers: int = 1,
    half: int = 64,
    vocabulary: int = 0,
    target_prefix: str = "",
    bpe: bool = False,
    **metadata: str,
) -> Path:
    """Write an `.argosmodel` at `path` for a dictionary of words.

    `layers` on each side of 2 * `half` dimensions, with a vocabulary padded to so many pieces.
    Further keywords go into metadata.json.
    """
    start = "" if bpe or source in ("zh", "zt") else "▁"
    pairs = {start + word if word.isalpha() else word: word_to for word, word_to in words.items()}
    space = "" if bpe else "▁"
    pairs = {piece: to if to == "</s>" or not to.isalpha() else space + to for piece, to in pairs.items()}
    folder = f"translate-{source}_{target}-{version.replace('.', '_')}"
    root = path.with_suffix(".build") / folder
    (root / "model").mkdir(parents=True)
    symbols = {piece for piece in (*pairs, *pairs.values(), target_prefix) if piece.strip("▁").isalpha()}
    if bpe:
        pieces = _bpe(root / "bpe.model", sorted(words), sorted(symbols))
    else:
        pieces = _vocabulary(root / "sentencepiece.model", sorted(symbols))
    pieces += [f"<pad{i}>" for i in range(vocabulary - len(pieces))]
    _model(pieces, pairs, layers, half, target_prefix).save(str(root / "model"))
    values = {
        "package_version": version, "argos_version": "1.9.0", "from_code": source, "from_name": _NAMES[source],
        "to_code": target, "to_name": _NAMES[target], "type": "translate", "links": [],
        "target_prefix": target_prefix, **metadata,
    }  # fmt: skip
    (root / "metadata.json").write_text(json.dumps(values), encoding="utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(root.rglob("*")):
            archive.write(file, file.relative_to(root.parent).as_posix())
    shutil.rmtree(root.parent)
    return path


def _vocabulary(model: Path, words: list[str]) -> list[str]:
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(_CHARACTERS), _CHARACTERS]),
        model_prefix=str(model.with_suffix("")),
        model_type="char",
        vocab_size=10_000,
        hard_vocab_limit=False,
        character_coverage=1.0,
        user_defined_symbols=words,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    model.with_suffix(".vocab").unlink()
    processor = sentencepiece.SentencePieceProcessor(model_file=str(model))
    return [processor.id_to_piece(i) for i in range(processor.get_piece_size())]


def _bpe(model: Path, words: list[str], symbols: list[str]) -> list[str]:
    """Merges that put together each of a few words, whose merges must not get in each other's way."""
    merges = []
    for word in words:
        letters = [*word[:-1], word[-1] + "</w>"]
        merges += [f"{''.join(letters[:i])} {letters[i]}" for i in range(1, len(letters))]
    model.write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    return ["<unk>", "<s>", "</s>", *symbols, *_CHARACTERS, *(character + "@@" for character in _CHARACTERS)]


def _model(pieces: list[str], pairs: Mapping[str, str], layers: int, half: int, prefix: str) -> Any:
    from ctranslate2.specs import common_spec, transformer_spec

    size, d = len(pieces), 2 * half
    index = {piece: i for i, piece in enumerate(pieces)}
    tokens = np.random.default_rng(0).standard_normal((size, half)).astype(np.float32)
    tokens -= tokens.mean(axis=1, keepdims=True)  # so that layer norms see no token, only positions
    tokens /= np.linalg.norm(tokens, axis=1, keepdims=True)
    # The row of a target token is the sum of the source tokens that it stands for.
    output = np.zeros((size, d), np.float32)
    for piece, row in index.items():
        output[index[pairs.get(piece, piece)], :half] += tokens[row] * 0.1 * np.sqrt(half)
    if "▁loop" in index:  # once said, it drowns what the attention says next
        tokens[index["▁loop"]] *= 200
    angle = np.arange(POSITIONS)[:, None] * np.exp(-np.arange(half // 2) * np.log(2000) / (half // 2))[None]
    positions = np.zeros((POSITIONS, d), np.float32)
    positions[:, half:] = np.concatenate([np.sin(angle), np.cos(angle)], 1)
    # With a prefix, which stands for no source token, the decoder is one position ahead.
    ahead = np.concatenate([positions[:1], positions[:-1]]) if prefix else positions
    what, where = np.zeros((d, d), np.float32), np.zeros((d, d), np.float32)
    what[:half, :half] = where[half:, half:] = np.eye(half)
    nothing = np.zeros((d, d), np.float32)

    spec = transformer_spec.TransformerSpec.from_config(
        (layers, layers), 1, pre_norm=True, activation=common_spec.Activation.RELU
    )
    for side in (spec.encoder, spec.decoder):
        table = side.embeddings[0] if side is spec.encoder else side.embeddings
        table.weight = np.concatenate([tokens * 4, np.zeros_like(tokens)], 1)
        side.scale_embeddings = False
        side.position_encodings.encodings = positions if side is spec.encoder else ahead
        _norm(side.layer_norm, d)
        for layer in side.layer:
            _norm(layer.self_attention.layer_norm, d)
            _linear(layer.self_attention.linear[0], np.concatenate([nothing] * 3))
            _linear(layer.self_attention.linear[1], nothing)
            _norm(layer.ffn.layer_norm, d)
            _linear(layer.ffn.linear_0, np.zeros((4 * d, d), np.float32))
            _linear(layer.ffn.linear_1, np.zeros((d, 4 * d), np.float32))
    for number, layer in enumerate(spec.decoder.layer):
        _norm(layer.attention.layer_norm, d)
        _linear(layer.attention.linear[0], where * 20)
        _linear(layer.attention.linear[1], np.concatenate([where * 20, what]))
        _linear(layer.attention.linear[2], what * 40 if number == layers - 1 else nothing)
    _linear(spec.decoder.projection, output)
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    spec.config.unk_token, spec.config.bos_token, spec.config.eos_token = pieces[:3]
    spec.config.add_source_eos = True
    spec.config.decoder_start_token = pieces[1]
    spec.validate()
    spec.optimize(quantization="int8")
    return spec


def _norm(spec: Any, d: int) -> None:
    spec.gamma, spec.beta = np.ones(d, np.float32), np.zeros(d, np.float32)


def _linear(spec: Any, weight: Any) -> None:
    spec.weight, spec.bias = weight, np.zeros(len(weight), np.float32)
