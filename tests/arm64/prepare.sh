#!/bin/sh
# Makes what the arm64 tests run in, once: an emulator, an extracted Debian root with Python, and the aarch64 wheels.
#
# No maintainer script and no binary of the root is run, so neither root rights nor binfmt are needed. QEMU is that of
# Debian trixie: the import of onnxruntime 1.32 crashes QEMU 7.2 (bookworm).
# Usage: prepare.sh FOLDER LOCKFILE
set -eu
folder=$1 lock=$2
suite=trixie python=3.13
made="$folder/made.$(sha256sum "$lock" "$0" | sha256sum | cut -c1-16)"
[ -e "$made" ] && exit 0
command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing. On Debian: apt-get install mmdebstrap" >&2; exit 1; }
rm -rf "$folder" && mkdir -p "$folder"
echo "making the arm64 root in $folder (a minute or two, then it is kept)"
mmdebstrap --quiet --variant=extract --include=qemu-user "$suite" "$folder/qemu"
mmdebstrap --quiet --arch=arm64 --variant=extract \
  --include=python3,libpython3-stdlib,libstdc++6,libgomp1,zlib1g "$suite" "$folder/root"
for name in lib bin sbin; do
  [ -e "$folder/root/$name" ] || ln -s "usr/$name" "$folder/root/$name"
done
sed -n 's/^\(numpy\|onnxruntime\|opencv-python-headless\|pydantic\|pydantic-core\|pyyaml\|paho-mqtt\|apsw\|flatbuffers\|protobuf\|packaging\|annotated-types\|typing-extensions\|typing-inspection\)==\([^ ;]*\)\( ;[^\\]*\)\{0,1\} *\\*$/\1==\2\3/p' \
  "$lock" | grep -v "python_full_version < '3.12'" | sed 's/ ;.*//' >"$folder/wanted.txt"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$folder/wheels" --only-binary=:all: \
  --implementation cp --python-version "$python" --abi cp313 --abi abi3 --abi none \
  --platform manylinux_2_34_aarch64 --platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 \
  --platform manylinux2014_aarch64 --platform manylinux_2_17_aarch64 --requirement "$folder/wanted.txt"
mkdir "$folder/site"
for wheel in "$folder"/wheels/*.whl; do
  python3 -m zipfile -e "$wheel" "$folder/site"
done
: >"$made"
