#!/usr/bin/env bash
# Sets up everything the tests need and runs them all:  bash tests/run.sh [pytest options]
# The fast lane, without what is slow or needs a browser:  bash tests/run.sh -m fast
#
# Python packages go to .venv, again whenever what is asked for has changed. Chromium (for the demo page) and Node.js (for Khronos's glTF validator) come from apt
# when they are missing and this is root; elsewhere install them yourself, or their tests are skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "tests/run.sh: $(python3 --version) is too old; install Python 3.11 or newer" >&2
    exit 2
fi
[ -x .venv/bin/python ] || python3 -m venv .venv
installed=.venv/installed-for-tests
if [ ! -e "$installed" ] || [ requirements.txt -nt "$installed" ] || [ pyproject.toml -nt "$installed" ]; then
    .venv/bin/pip install --quiet -r requirements.txt -e .
    touch "$installed"
fi

missing=()
[ -n "${CHROMIUM_PATH:-}" ] || command -v chromium >/dev/null || missing+=(chromium)
command -v npm >/dev/null || missing+=(nodejs npm)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update --quiet
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
fi
if command -v npm >/dev/null && [ ! -d .cache/gltf/node_modules/gltf-validator ]; then
    npm install --silent --prefix .cache/gltf gltf-validator@2.0.0-dev.3.10
fi
if command -v npm >/dev/null && [ ! -d .cache/vrm/node_modules/@pixiv/three-vrm-animation ]; then
    npm install --silent --prefix .cache/vrm three@0.187.0 @pixiv/three-vrm@3.5.5 @pixiv/three-vrm-animation@3.5.5
fi

# several workers with one thread each are faster than one worker with several threads
export OMP_NUM_THREADS=1
exec .venv/bin/python -m pytest --numprocesses=logical --maxprocesses=4 --dist=loadfile "$@"
