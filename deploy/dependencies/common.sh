# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What deploy/quickstart, tests/run and deploy/dependencies/install share. Sourced, never run.

# Prints a message on stderr and ends the script.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit "${2:-1}"
}

# step TITLE COMMAND... runs the command between two lines: what begins, and how long it took. Ends
# the script if it fails. A function given here joins its commands with &&: set -e is off inside.
step() {
  local title=$1 start=$SECONDS status=0
  shift
  printf '==> %s\n' "$title" >&2
  "$@" || status=$?
  if ((status != 0)); then
    printf '==> %s: FAILED after %s\n' "$title" "$(elapsed $((SECONDS - start)))" >&2
    exit "$status"
  fi
  printf '==> %s: done in %s, %s in all\n' "$title" "$(elapsed $((SECONDS - start)))" \
    "$(elapsed "$SECONDS")" >&2
}

# elapsed SECONDS prints "1 min 05 s".
elapsed() {
  if (($1 < 60)); then
    printf '%d s' "$1"
  else
    printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
  fi
}

# build PRESET [TARGET...] configures and builds in build/PRESET. The caller is in the root folder.
build() {
  local preset=$1
  shift
  command -v cmake >/dev/null || die "cmake is missing: run deploy/dependencies/install build"
  if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  fi
  cmake --preset "$preset" &&
    cmake --build --preset "$preset" ${1:+--target "$@"}
}
