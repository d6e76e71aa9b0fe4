"""Packed weights to an `.argosmodel`: CTranslate2 int8, the vocabulary, metadata and a model card.

Needs ctranslate2, sentencepiece and numpy. The same weights give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.translate.normalise import NORMALISATION
from pipeline.translate.training import shards, weights
from pipeline.translate.training.recipe import LANGUAGES
from pipeline.translate.training.weights import Array, Shape

_TOKENS_OF_USE = 50_000_000  # a model that has seen less is a toy
_PURPOSE = (
    "Made for reading the news, sentence by sentence, where nothing better is installed. Names it has never seen, "
    "numbers and negations may come out wrong: check what matters against the original."
)
_TOY = (
    "A toy to test programs with: it has seen too little text to be of use. Sentences like those it was trained on "
    "it may get right; everything else comes out wrong."
)


def file_name(pair: str, version: str) -> str:
    """What Argos calls a package: `translate-de_en-1_0.argosmodel`."""
    return f"translate-{pair.replace('-', '_')}-{version.replace('.', '_')}.argosmodel"


def package(prepared: Path, packed: Path, out: Path, version: str, scores: Sequence[Mapping[str, Any]] = ()) -> Path:
    """Write the archive to the folder `out` and return its path. Scores of other weights are left out."""
    arrays, shape, training = weights.unpack(packed)
    facts = shards.facts(prepared)
    source, target = facts["pair"].split("-")
    archive = out / file_name(facts["pair"], version)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / archive.stem
        folder.mkdir()
        convert(arrays, shape, prepared / "sentencepiece.model", folder / "model")
        shutil.copyfile(prepared / "sentencepiece.model", folder / "sentencepiece.model")
        metadata = {
            "package_version": version,
            "argos_version": "1.9.0",
            "from_code": source,
            "from_name": LANGUAGES[source],
            "to_code": target,
            "to_name": LANGUAGES[target],
            "type": "translate",
            "links": [],
            "normalisation": NORMALISATION,
        }
        (folder / "metadata.json").write_text(json.dumps(metadata, indent=1) + "\n", encoding="utf-8")
        digest = hashlib.sha256((folder / "model" / "model.bin").read_bytes()).hexdigest()
        scores = [score for score in scores if score["model"] == digest]
        (folder / "MODEL_CARD.md").write_text(card(facts, training, shape, version, scores), encoding="utf-8")
        out.mkdir(parents=True, exist_ok=True)
        archived(folder, archive)
    return archive


def convert(
    arrays: Mapping[str, Array], shape: Shape, vocabulary: Path, out: Path, quantization: str | None = "int8"
) -> None:
    """Write the network as a CTranslate2 model; without `quantization` in float32."""
    import sentencepiece
    from ctranslate2.specs import common_spec, transformer_spec

    spec = transformer_spec.TransformerSpec.from_config(
        (shape.encoder, shape.decoder), shape.heads, pre_norm=True, activation=common_spec.Activation.RELU
    )
    for side, part in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        embeddings = part.embeddings[0] if side == "encoder" else part.embeddings
        embeddings.weight = arrays["embedding.weight"]
        part.scale_embeddings = True
        _norm(part.layer_norm, arrays, f"{side}_norm")
        for number, layer in enumerate(part.layer):
            prefix = f"{side}.{number}"
            _attention(layer.self_attention, arrays, f"{prefix}.attention")
            if side == "decoder":
                _attention(layer.attention, arrays, f"{prefix}.cross")
            _norm(layer.ffn.layer_norm, arrays, f"{prefix}.feed_norm")
            _linear(layer.ffn.linear_0, arrays, f"{prefix}.feed.up")
            _linear(layer.ffn.linear_1, arrays, f"{prefix}.feed.down")
    spec.decoder.projection.weight = arrays["embedding.weight"]
    spec.decoder.projection.bias = arrays["head.bias"]
    processor = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
    size = processor.get_piece_size()
    tokens = [processor.id_to_piece(i) for i in range(size)] + [f"<none{i}>" for i in range(shape.vocabulary - size)]
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.config.unk_token = tokens[shards.UNKNOWN]
    spec.config.bos_token = spec.config.decoder_start_token = tokens[shards.START]
    spec.config.eos_token = tokens[shards.END]
    spec.config.add_source_eos = True
    spec.validate()
    spec.optimize(quantization=quantization)
    out.mkdir(parents=True)
    spec.save(str(out))


def _norm(spec: Any, arrays: Mapping[str, Array], name: str) -> None:
    spec.gamma, spec.beta = arrays[f"{name}.weight"], arrays[f"{name}.bias"]


def _linear(spec: Any, arrays: Mapping[str, Array], name: str) -> None:
    spec.weight, spec.bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]


def _attention(spec: Any, arrays: Mapping[str, Array], name: str) -> None:
    _norm(spec.layer_norm, arrays, f"{name}_norm")
    parts = ["query", "inputs", "output"] if f"{name}.query.weight" in arrays else ["inputs", "output"]
    for linear, part in zip(spec.linear, parts):
        _linear(linear, arrays, f"{name}.{part}")


def archived(folder: Path, archive: Path) -> None:
    """Zip a folder, its own name included, with nothing in it that depends on when or where."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder.parent).as_posix()), (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                out.writestr(entry, path.read_bytes())


def card(
    facts: Mapping[str, Any],
    training: Mapping[str, Any],
    shape: Shape,
    version: str,
    scores: Sequence[Mapping[str, Any]],
) -> str:
    """The model card: what the model is, how good, what it was trained on, and whose that is."""
    source, target = (LANGUAGES[code] for code in facts["pair"].split("-"))
    kept = [text for text in facts["texts"] if text["kept"]]
    script = ", Chinese in Simplified script" if source == "Chinese" else ""
    checks = ", ".join(f"{kind} {value:.3f}" for kind, value in training["validation"].items())
    lines = [
        f"# {source} to {target}, version {version}",
        "",
        f"A Transformer with {shape.encoder} encoder and {shape.decoder} decoder layers of width {shape.width}, a "
        f"shared vocabulary of {facts['vocabulary']:,} SentencePiece units with byte fallback, weights in int8. "
        f"Trained by Parallax {facts['parallax']} (`python -m pipeline.translate.training {facts['pair']}`) from "
        f"nothing but the texts below: {training['step']:,} steps, {training['tokens']:,} tokens of both languages "
        f"seen, {training['seconds'] / 60:.1f} minutes on one {training['about']['device']}.",
        "",
        _PURPOSE if training["tokens"] >= _TOKENS_OF_USE else _TOY,
        "",
        f'Expects text as `pipeline.translate.normalise` leaves it ("{facts["normalisation"]}"){script}.',
        "",
        "## Scores",
        "",
        *_score_lines(scores),
        "",
        f"Cross-entropy in nats a token on pairs that were held back: {checks}.",
        "",
        "## Texts and licences",
        "",
        f"{sum(text['kept'] for text in kept):,} pairs. Thanks to all who wrote and translated them. The texts are "
        "under their own licences, and attribution is due to their sources:",
        "",
        "| text | what | pairs | licence | source |",
        "| --- | --- | --- | --- | --- |",
    ]
    for text in kept:
        lines.append(f"| {text['file']} | {text['what']} | {text['kept']:,} | {text['licence']} | {text['origin']} |")
    return "\n".join(lines) + "\n"


def _score_lines(scores: Sequence[Mapping[str, Any]]) -> list[str]:
    if not scores:
        return ["Not measured."]
    lines = [
        "| test set | lines | kept out of training | BLEU | chrF | signatures |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for score in scores:
        signatures = f"{score['bleu_signature']}; {score['chrf_signature']}".replace("|", " ")
        lines.append(
            f"| {score['name']} | {score['lines']:,} | {score['kept_out']:,} | {score['bleu']:.1f} "
            f"| {score['chrf']:.1f} | {signatures} |"
        )
    return lines
