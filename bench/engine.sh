#!/bin/sh
# Measures the decision engine against the best NumPy program and the plain definitions, interleaved in one run.
# Needs cargo and python3; NumPy goes into a throwaway environment. Prints ratios and never fails a build.
set -eu
cd "$(dirname "$0")/.."
environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check numpy
cargo build --quiet --release -p earnest-compare --benches
cargo bench --quiet -p earnest-compare --bench engine -- "$environment/bin/python" "$PWD/bench/smaa_numpy.py"
