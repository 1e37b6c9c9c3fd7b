#!/bin/sh
# Makes the fresh Debian root that the package is tried in, once: Debian's own packages that a unit and its central side
# lean on, none of ours. Needs root and mmdebstrap; some 210 MB. Usage: prepare.sh FOLDER SUITE
set -eu
folder=$1 suite=$2
made="$folder/root-$suite.made.$(sha256sum "$0" | cut -c1-16)"
[ -e "$made" ] && exit 0
[ "$(id -u)" = 0 ] || { echo "make test-deb needs root, for a Debian root of its own" >&2; exit 1; }
for tool in mmdebstrap systemd-nspawn; do
  command -v $tool >/dev/null || { echo "$tool is missing. On Debian: apt-get install mmdebstrap systemd-container" >&2; exit 1; }
done
rm -rf "$folder/root-$suite" "$folder/root-$suite".made.*
echo "making a Debian root in $folder/root-$suite (a minute or so, then it is kept)"
mmdebstrap --quiet --variant=apt \
  --include=systemd,systemd-sysv,dbus,libnss-systemd,python3,python3-venv,mosquitto,openssl,iproute2,procps,util-linux-extra \
  "$suite" "$folder/root-$suite" http://deb.debian.org/debian
: >"$made"
