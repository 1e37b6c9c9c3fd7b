#!/bin/sh
# Makes a Debian root that holds RabbitMQ 4.0 (trixie), for tests on a machine whose own release has an older one.
# Needs root and mmdebstrap; takes about two minutes and 250 MB. Nothing outside the folder is changed.
set -eu
root=${1:?usage: make-root.sh FOLDER}
[ -x "$root/usr/lib/rabbitmq/bin/rabbitmq-server" ] && exit 0
command -v mmdebstrap >/dev/null || apt-get install -y -qq --no-install-recommends mmdebstrap
mkdir -p "$(dirname "$root")"
mmdebstrap --quiet --variant=apt --include=rabbitmq-server trixie "$root" http://deb.debian.org/debian
