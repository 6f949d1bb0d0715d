#!/usr/bin/env bash
# Whether the time of an answer tells who has an account: bench/enumeration.sh [SAMPLES]
#   2,000 samples each unless told: known and unknown addresses in a random order, through the whole site in one process.
# Prints medians, their ratio, and the p of the Mann-Whitney test. PROFILE=dev takes an unoptimised build (argon2 is not).
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${PROFILE:-release}
cargo run --quiet --profile "$profile" --locked -p earnest-web --example enumeration -- "${1:-2000}"
