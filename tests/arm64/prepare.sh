#!/bin/sh
# Makes what the arm64 tests run in, once: an emulator, an extracted Debian root with Python, and the aarch64 wheels.
#
# No maintainer script and no binary of the root is run, so neither root rights nor binfmt are needed. QEMU is that of
# Debian trixie: the import of onnxruntime 1.32 crashes QEMU 7.2 (bookworm).
# The wheels are those of the arm64 package, by the file by which it installs them.
# Usage: prepare.sh FOLDER PACKAGE.deb
set -eu
folder=$1 deb=$2
suite=trixie python=3.13
made="$folder/made.$(sha256sum "$0" | cut -c1-16)"
if [ ! -e "$made" ]; then
  command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing. On Debian: apt-get install mmdebstrap" >&2; exit 1; }
  rm -rf "$folder" && mkdir -p "$folder"
  echo "making the arm64 root in $folder (a minute or two, then it is kept)"
  mmdebstrap --quiet --variant=extract --include=qemu-user "$suite" "$folder/qemu"
  mmdebstrap --quiet --arch=arm64 --variant=extract \
    --include=python3,libpython3-stdlib,libstdc++6,libgomp1,zlib1g "$suite" "$folder/root"
  for name in lib bin sbin; do
    [ -e "$folder/root/$name" ] || ln -s "usr/$name" "$folder/root/$name"
  done
  : >"$made"
fi
unpacked="$folder/unpacked.$(sha256sum "$deb" | cut -c1-16)"
[ -e "$unpacked" ] && exit 0
rm -rf "$folder"/unpacked.* "$folder/package" "$folder/site"
dpkg-deb --extract "$deb" "$folder/package"
platforms=
for glibc in 36 35 34 31 28 27 26 24 17; do platforms="$platforms --platform manylinux_2_${glibc}_aarch64"; done
# shellcheck disable=SC2086 # several words
python3 -m pip install -qq --disable-pip-version-check --no-index --no-deps --require-hashes --only-binary=:all: \
  --implementation cp --python-version "$python" --abi cp313 --abi abi3 --abi none --ignore-requires-python --no-compile \
  $platforms --platform manylinux2014_aarch64 --target "$folder/site" \
  --find-links "$folder/package/usr/lib/edge-alpr/wheels" \
  --requirement "$folder/package/usr/lib/edge-alpr/requirements-$python.txt"
rm -rf "$folder/package"
: >"$unpacked"
