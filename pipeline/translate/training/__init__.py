"""The training chain of the starter models: from a folder of bitext to an `.argosmodel`.

`python -m pipeline.translate.training de-en` does it all; each step is also a subcommand and a
module of the same name:

    prepare    text, cleaned and tokenised           numpy, sentencepiece, opencc
    train      a Transformer, against the clock      numpy, torch
    pack       its averaged weights in small files   numpy, torch
    package    CTranslate2 int8 and the archive      numpy, ctranslate2
    evaluate   BLEU and chrF on a test set           ctranslate2, sacrebleu

`train` and `pack` run where only PyTorch and numpy are: docs/training.md says which files to take
along. Nothing of this is imported when Parallax translates.
"""
