"""`python -m pipeline.translate.probe FOLDER`: load a package and translate one word.

A process of its own, so that a broken model takes nothing else down. Prints {"problem": ...}.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from pipeline.errors import UserError
from pipeline.translate import archive, engine, packages


def main(location: Path) -> str:
    """What is wrong with a package; empty where it works."""
    with tempfile.TemporaryDirectory() as temporary:
        try:
            package = packages.read(location)
            folder = location if location.is_dir() else archive.unpack(location, Path(temporary))
            engine.Engine(folder, package, beam=1, threads=1).decode(["Hamburg 1"])
        except UserError as error:
            return str(error)
        except Exception as error:  # whatever a broken model may raise, it is broken
            return f"its model cannot be used ({type(error).__name__}: {error})."
    return ""


if __name__ == "__main__":
    problem = main(Path(sys.argv[1]))
    print(json.dumps({"problem": problem}))
    sys.exit(1 if problem else 0)
