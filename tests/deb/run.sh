#!/bin/sh
# Boots the root with systemd as a machine without any network, lets it go through steps.sh, and fails if a step did.
# Usage: run.sh FOLDER SUITE TRANSCRIPT OLD.deb NEW.deb
set -eu
folder=$1 suite=$2 transcript=$3 old=$4 new=$5
here=$(dirname "$0")
root="$folder/run-$suite"
rm -rf "$root"
cp -a "$folder/root-$suite" "$root"
mkdir "$root/root/packages"
cp "$old" "$new" "$root/root/packages"
cp "$here/steps.sh" "$here/clip.py" "$here/stored.py" "$here/waiting.py" "$root/root"
cat >"$root/etc/systemd/system/steps.service" <<'UNIT'
[Unit]
After=dbus.service
[Service]
Type=oneshot
WorkingDirectory=/root
Environment=HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PAGER=cat
ExecStart=/bin/bash /root/steps.sh
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=file:/root/transcript
StandardError=file:/root/transcript
[Install]
WantedBy=multi-user.target
UNIT
ln -s ../steps.service "$root/etc/systemd/system/multi-user.target.wants/steps.service"
timeout 900 systemd-nspawn --quiet --register=no --keep-unit --private-network --hostname=unit-0001 \
  --directory="$root" --boot </dev/null >"$folder/boot.log" 2>&1 || true
{
  cat <<'HEAD'
# A unit installed on a fresh machine: what was done, and what it said

Made by `make test-deb` (tests/deb), not by hand. Debian is booted by systemd-nspawn with no network but its loopback; the
services are started by systemd, as on a unit. Not shown by it: a Raspberry Pi, a camera (a rendered drive-by that is
played again and again stands in for it), and whether systemd's filters by address hold.
HEAD
  cat "$root/root/transcript"
} >"$transcript"
tail -n 1 "$transcript" | grep -qx "all steps done" || {
  tail -n 40 "$transcript" >&2
  echo "the installation went wrong; all of it is in $transcript, the machine's console in $folder/boot.log" >&2
  exit 1
}
rm -rf "$root"
