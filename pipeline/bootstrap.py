"""Set Parallax up on a machine that has only Python, and run it: standard library only.

    python3 -m pipeline.bootstrap run      set up, align seeds/ and write aligned/report.html
    python3 -m pipeline.bootstrap test     set up and run the tests

Both make `.venv` once, with the versions that requirements.lock pins. Everything after the word
goes to `parallax run` or to pytest.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"


def python() -> Path:
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def set_up() -> None:
    """Make the environment, or bring it up to date when the lock or the project file has changed."""
    stamp = ENVIRONMENT / "parallax.stamp"
    state = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == state:
        return
    print("Setting up .venv; this takes a minute.", file=sys.stderr, flush=True)
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    install = [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Wheels only: no compiler is needed, and no package runs code of its own while it is installed.
    subprocess.run([*install, "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK)], check=True)
    subprocess.run([*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], check=True)
    stamp.write_text(state)


def main() -> int:
    command, arguments = (sys.argv[1:2] or ["help"])[0], sys.argv[2:]
    if command not in ("run", "test"):
        print(__doc__)
        return 0 if command in ("help", "-h", "--help") else 2
    try:
        set_up()
    except subprocess.CalledProcessError as error:
        print(f"Error: the set-up did not finish ({error}); mend what it says above and try again.", file=sys.stderr)
        return 1
    if command == "test":
        return subprocess.run([str(python()), "-m", "pytest", *arguments], cwd=ROOT).returncode
    return subprocess.run([str(python()), "-m", "pipeline.cli", "run", *(arguments or ["seeds"])], cwd=ROOT).returncode


if __name__ == "__main__":
    raise SystemExit(main())
