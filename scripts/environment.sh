# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by ./run, ./test and the benchmarks: where the tree is, and how it is built.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build="$root/build/release"

# Fresh clones in other places meet the same cache entries.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=time_macros,include_file_mtime,include_file_ctime,pch_defines
# How the compiler keeps its memory is not in what it writes.
export CCACHE_IGNOREOPTIONS="--param=ggc-*"

# Nothing is written into the source tree but build/.
export PYTHONDONTWRITEBYTECODE=1

# build_tree TARGET...: configures and builds the release preset; no target means everything.
build_tree() {
    local targets=()
    if (($#)); then targets=(--target "$@"); fi
    (cd "$root" && cmake --preset release -Wno-dev >"$root/build/configure.log" 2>&1) || {
        cat "$root/build/configure.log" >&2
        return 1
    }
    (cd "$root" && cmake --build --preset release "${targets[@]}")
}
