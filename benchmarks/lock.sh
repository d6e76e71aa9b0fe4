#!/usr/bin/env bash
# Pin everything that the set-up installs, for Python 3.10 to 3.13, by version and hash, without addresses.
set -eu
cd "$(dirname "$0")/.."
printf 'setuptools>=77\n' | uv pip compile pyproject.toml - --extra test --universal --python-version 3.10 \
  --generate-hashes --no-annotate --no-header --quiet --upgrade --output-file requirements.lock
