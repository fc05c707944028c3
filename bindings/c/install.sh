#!/bin/sh
# Installs the C library, once `cargo build --release -p quickpickle-c` has built it.
#
#   bindings/c/install.sh [--prefix /usr/local] [--from target/release]
#
# DESTDIR is put before the prefix, for packages.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix=/usr/local
from=$here/../../target/release
while [ $# -gt 0 ]; do
    case "$1 ${2:-}" in
    "--prefix /"*) prefix=$2 ;;
    "--from "?*) from=$2 ;;
    *) echo "usage: $0 [--prefix /FOLDER] [--from FOLDER]" >&2; exit 2 ;;
    esac
    shift 2
done
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../../Cargo.toml" | head -n 1)
abi=$(sed -n 's/^#define QUICKPICKLE_ABI_VERSION \([0-9]*\)$/\1/p' "$here/include/quickpickle.h")

to=${DESTDIR:-}$prefix
mkdir -p "$to/lib/pkgconfig" "$to/include"
install -m 644 "$here/include/quickpickle.h" "$to/include/quickpickle.h"
install -m 644 "$from/libquickpickle_c.a" "$to/lib/libquickpickle.a"
install -m 755 "$from/libquickpickle_c.so" "$to/lib/libquickpickle.so.$abi"
ln -sf "libquickpickle.so.$abi" "$to/lib/libquickpickle.so"
sed "s|@prefix@|$prefix|; s|@version@|$version|" "$here/quickpickle.pc.in" > "$to/lib/pkgconfig/quickpickle.pc"
