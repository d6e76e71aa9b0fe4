"""Training itself, on a CPU. Skipped where PyTorch is not installed: nothing else needs it."""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import training_fixture
from training_fixture import carried_to, run_carried

from pipeline.translate.training import batches, package, shards, weights
from pipeline.translate.training.__main__ import main

pytest_plugins = ["training_plugin"]

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'parallax[training]'")

TINY = ["--shape", "tiny", "--tokens", "1500", "--warmup", "40", "--rate", "0.01", "--log-every", "50"]


@pytest.fixture
def work(prepared: Path, tmp_path: Path) -> Path:
    """A folder of work whose text is prepared already."""
    shutil.copytree(prepared, tmp_path / "de-en" / "prepared")
    return tmp_path


def state_of(work: Path) -> dict[str, Any]:
    from pipeline.translate.training import train

    return train.load_state(work / "de-en" / "run" / "state.pt")


def test_the_whole_chain_learns_to_translate(data: Path, tmp_path: Path) -> None:
    test = training_fixture.sentences("de")[4000:4050]
    for name, side in (("de", 0), ("en", 1)):
        (tmp_path / name).write_text("".join(pair[side] + "\n" for pair in test), encoding="utf-8")
    arguments = ["de-en", "--work", str(tmp_path), "--data", str(data), "--list", str(data / "list.toml")]
    arguments += ["--vocabulary", "400", *TINY, "--steps", "250"]
    assert main([*arguments, "--test", "unseen", str(tmp_path / "de"), str(tmp_path / "en")]) == 0
    folder = tmp_path / "de-en"
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))[0]
    assert scores["name"] == "unseen" and scores["lines"] == 50
    # Sentences it has not seen, of words that it has: a model that learnt nothing has a chrF near 15.
    assert scores["chrf"] > 50
    with zipfile.ZipFile(folder / "translate-de_en-1_0.argosmodel") as archive:
        card = archive.read("translate-de_en-1_0/MODEL_CARD.md").decode()
    assert "250 steps" in card and "| unseen | 50 |" in card
    assert "step 250 loss" in (folder / "run" / "log.txt").read_text(encoding="utf-8")


def test_the_package_scores_as_the_network_does(work: Path) -> None:
    import ctranslate2
    import sentencepiece

    from pipeline.translate.training.network import Network

    assert main(["train", "de-en", "--work", str(work), *TINY, "--steps", "30"]) == 0
    assert main(["pack", "de-en", "--work", str(work)]) == 0
    folder = work / "de-en"
    arrays, shape, _ = weights.unpack(folder / "packed")
    network = Network(shape).eval()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    vocabulary = folder / "prepared" / "sentencepiece.model"
    processor = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
    pairs = training_fixture.sentences("de")[3000:3008]
    pairs.append((" ".join(a for a, _ in pairs), " ".join(b for _, b in pairs)))  # a long one: positions count
    package.convert(arrays, shape, vocabulary, folder / "exact", quantization=None)
    package.convert(arrays, shape, vocabulary, folder / "small")
    for name, tolerance in (("exact", 1e-4), ("small", 0.1)):
        model = ctranslate2.Translator(str(folder / name), device="cpu")
        for source, target in pairs:
            sides = [processor.encode(side, out_type=str) for side in (source, target)]
            found = model.score_batch([sides[0]], [sides[1]])[0].log_probs
            x, y = (torch.tensor([[processor.piece_to_id(piece) for piece in side]]) for side in sides)
            end, start = torch.tensor([[shards.END]]), torch.tensor([[shards.START]])
            with torch.no_grad():
                scores = network.logits(torch.cat([x, end], 1), torch.cat([start, y], 1)).log_softmax(-1)[0]
            expected = scores.gather(1, torch.cat([y, end], 1).T)[:, 0]
            assert len(found) == len(expected)
            np.testing.assert_allclose(found, expected.numpy(), atol=tolerance)


def test_training_taken_up_again_is_the_same_training(work: Path, tmp_path: Path) -> None:
    run = work / "de-en" / "run"
    arguments = ["train", "de-en", "--work", str(work), *TINY]
    assert main([*arguments, "--steps", "20"]) == 0
    whole = state_of(work)
    shutil.rmtree(run)
    for _ in range(2):
        assert main([*arguments, "--steps", "10", "--total-steps", "20"]) == 0
    halves = state_of(work)
    assert whole["step"] == halves["step"] == 20 and whole["tokens"] == halves["tokens"]
    for name, tensor in whole["network"].items():
        assert torch.equal(tensor, halves["network"][name]), name
    assert all(torch.equal(a, b) for a, b in zip(whole["averages"], halves["averages"]))
    assert torch.equal(whole["random"], halves["random"])
    # What is planned is done: another call has nothing to add.
    assert main([*arguments, "--steps", "10", "--total-steps", "20"]) == 0
    assert state_of(work)["step"] == 20


def test_targets_do_not_see_their_padding_or_what_comes(prepared: Path) -> None:
    from pipeline.translate.training.network import Network

    torch.manual_seed(0)
    network = Network(weights.shape("tiny", 400, 0.1)).eval()
    source, target = torch.randint(4, 400, (2, 7)), torch.randint(4, 400, (2, 6))
    longer = torch.cat([target, torch.full((2, 3), shards.PADDING)], 1)
    with torch.no_grad():
        torch.testing.assert_close(network.logits(source, longer)[:, :6], network.logits(source, target))
        torch.testing.assert_close(network(source, longer), network(source, target))
        changed = target.clone()
        changed[:, 4] = 9
        torch.testing.assert_close(network.logits(source, changed)[:, :4], network.logits(source, target)[:, :4])


def test_gathered_batches_hold_the_text(prepared: Path) -> None:
    from pipeline.translate.training.text import Text

    text, _ = shards.read(prepared)
    pairs = Text(text, torch.device("cpu"))
    sources, targets = (
        np.split(flat, np.cumsum(lengths, dtype=int)[:-1])
        for flat, lengths in ((text.source, text.source_lengths), (text.target, text.target_lengths))
    )
    for batch in batches.round_of(text, [{"start": 1, "end": 1}] * 2, 1, 0, 0.0, 400)[:20]:
        source, target = pairs.gather(batch)
        for row, x, y in zip(batch.rows.tolist(), source.tolist(), target.tolist()):
            expected = [shards.START, *targets[row].tolist(), shards.END]
            assert x == [*sources[row].tolist(), shards.END]
            assert y[: len(expected)] == expected
            assert set(y[len(expected) :]) <= {shards.PADDING}


def test_the_clock_ends_a_call_and_the_next_goes_on(work: Path) -> None:
    arguments = ["train", "de-en", "--work", str(work), *TINY, "--minutes", "0.07", "--total-minutes", "0.12"]
    began = time.monotonic()
    assert main(arguments) == 0
    assert time.monotonic() - began < 30
    first = state_of(work)
    assert first["step"] > 0
    assert main(arguments) == 0
    second = state_of(work)
    assert second["step"] > first["step"] and second["seconds"] > first["seconds"]
    log = (work / "de-en" / "run" / "log.txt").read_text(encoding="utf-8")
    assert "progress 1.000" in log.splitlines()[-3]


def test_packed_weights_are_a_start(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "de-en", "--work", str(work), *TINY]
    assert main([*arguments, "--steps", "60"]) == 0
    assert main(["pack", "de-en", "--work", str(work)]) == 0
    trained = state_of(work)["validation"]["news"]
    shutil.rmtree(work / "de-en" / "run")
    assert main([*arguments, "--steps", "1", "--start-from", str(work / "de-en" / "packed")]) == 0
    said = capsys.readouterr().err.split("step 0 held back: ")[-1]
    assert float(said.split()[1].strip(",")) == pytest.approx(trained, abs=0.02)
    assert main([*arguments, "--steps", "1", "--shape", "small", "--start-from", str(work / "de-en" / "packed")]) == 2


def test_a_checkpoint_of_other_options_is_the_users_error(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "de-en", "--work", str(work), *TINY, "--steps", "1"]) == 0
    assert main(["train", "de-en", "--work", str(work), *TINY, "--steps", "1", "--train-seed", "9"]) == 2
    assert "another folder" in capsys.readouterr().err
    assert main(["train", "de-en", "--work", str(work), *TINY]) == 2
    assert "--minutes or --steps" in capsys.readouterr().err
    (work / "de-en" / "run" / "state.pt").write_bytes(b"PK\x03\x04 cut short")
    assert main(["train", "de-en", "--work", str(work), *TINY, "--steps", "1"]) == 2
    assert "no checkpoint" in capsys.readouterr().err


def test_a_loss_that_is_no_number_stops_training(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "de-en", "--work", str(work), *TINY, "--warmup", "1", "--log-every", "5"]
    assert main([*arguments, "--steps", "5", "--total-steps", "100"]) == 0
    assert main([*arguments, "--steps", "60", "--total-steps", "100", "--rate", "1e30"]) == 2
    assert "no number" in capsys.readouterr().err
    assert state_of(work)["step"] == 5  # the good checkpoint is still there


def test_training_runs_from_the_carried_files_alone(work: Path) -> None:
    folder = carried_to(work / "carried")
    done = run_carried(folder, "train", "de-en", "--work", str(work), *TINY, "--steps", "2")
    assert done.returncode == 0 and "saved at step 2" in done.stderr, done.stderr
    done = run_carried(folder, "pack", "de-en", "--work", str(work), "--packed", str(work / "out"))
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in (work / "out").iterdir()} == {".npz", ".json"}


def test_compiled_layers_give_the_same_loss(work: Path) -> None:
    """Slow where there is no compiler cache, so only on request: PARALLAX_TEST_COMPILE=1."""
    if not os.environ.get("PARALLAX_TEST_COMPILE"):
        pytest.skip("compiling takes a minute; set PARALLAX_TEST_COMPILE=1")
    losses = []
    for choice in ("off", "on"):
        shutil.rmtree(work / "de-en" / "run", ignore_errors=True)
        assert (
            main(["train", "de-en", "--work", str(work), *TINY, "--dropout", "0", "--steps", "5", "--compile", choice])
            == 0
        )
        losses.append(state_of(work)["validation"]["news"])
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)
