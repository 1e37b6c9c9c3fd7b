#!/bin/sh
# Makes the Debian root that the camera tests run in, once: libcamera with its virtual camera, and the real picamera2.
#
# Needs root and mmdebstrap; some 1.5 GB in FOLDER, nothing outside it is changed. trixie, since bookworm's libcamera has
# no virtual camera and no Python. picamera2 comes from PyPI: Debian has none, only Raspberry Pi OS has.
# Usage: prepare.sh FOLDER LOCKFILE
set -eu
folder=$1 lock=$2
here=$(dirname "$0")
suite=trixie picamera2=0.3.38
root="$folder/root"
made="$folder/made.$(cat "$lock" "$0" "$here"/shim.c | sha256sum | cut -c1-16)"
[ -e "$made" ] && exit 0
[ "$(id -u)" = 0 ] || { echo "make test-camera needs root, for a Debian root of its own" >&2; exit 1; }
command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing. On Debian: apt-get install mmdebstrap" >&2; exit 1; }
rm -f "$folder"/made.*
if [ ! -e "$folder/root.$suite" ]; then
  rm -rf "$folder" && mkdir -p "$folder"
  echo "making a Debian root with libcamera in $folder (three minutes or so, then it is kept)"
  mmdebstrap --quiet --variant=apt \
    --include=python3,python3-venv,python3-pip,python3-libcamera,python3-prctl,libcamera-tools,ca-certificates,gcc,libc6-dev,python3-dev \
    "$suite" "$root" http://deb.debian.org/debian
  : >"$folder/root.$suite"
fi
# A machine behind a proxy has its own authorities.
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
cp "$lock" "$root/opt/requirements.lock"
cp "$here/shim.c" "$root/opt/shim.c"
unshare --mount sh -eu -c '
  mount --bind /dev "$1/dev" && mount --bind /proc "$1/proc"
  chroot "$1" sh -eu -c "
    [ -x /opt/venv/bin/python ] || python3 -m venv --system-site-packages /opt/venv
    pip=\"/opt/venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore\"
    \$pip --no-deps --require-hashes -r /opt/requirements.lock
    \$pip picamera2==$2
    gcc -shared -fPIC -O2 -Wall -Wextra -o /opt/shim.so /opt/shim.c -ldl
  "' sh "$root" "$picamera2"
: >"$made"
