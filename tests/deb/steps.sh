#!/bin/bash
# What is done on the fresh machine, step by step, each command shown with what it says. The first that fails ends it.
set -eu
cd /root

fence=
say() { # begin a section of the page
  [ -z "$fence" ] || printf '```\n'
  printf '\n## %s\n\n```\n' "$*"
  fence=open
}
run() { # show a command, and what it prints
  printf '$ %s\n' "$*"
  bash -o pipefail -c "$*" 2>&1 | sed -E 's/\r$//; s/.*\r//; s/\(Reading database \.\.\. ([0-9]+%?\(Reading database \.\.\. )*/(/; s/[[:space:]]+$//'
  [ "${PIPESTATUS[0]}" = 0 ] || { echo "that failed"; exit 1; }
}
again() { # the same, but repeat until it succeeds: when the recording is over, the camera half is between two starts
  printf '$ %s\n' "$*"
  until_true "$* >/root/said 2>&1"
  cat /root/said
}
show() { # write a file, and show it
  printf '$ cat > %s\n' "$1"
  tee "$1"
}
until_true() { # wait for a command, not for a time
  for _ in $(seq 150); do
    if bash -o pipefail -c "$*" >/dev/null 2>&1; then return; fi
    sleep 1
  done
  echo "waited in vain for: $*"
  systemctl --no-pager status 'edge-alpr-*' || true
  journalctl --no-pager -n 60 || true
  exit 1
}
unit=bench/fleet/unit-0001
old=$(echo packages/*~before_*.deb)
new=$(find packages -name "*.deb" ! -name "*~before*")

say "A fresh machine, with no network but its own loopback"
run 'grep PRETTY /etc/os-release; systemctl --version | head -n 1; /usr/bin/python3 --version'
run 'ip -brief link'
systemctl disable --now --quiet mosquitto.service 2>/dev/null || true

say "Install"
run "apt-get install -q -y ./$old"
run 'edge-alpr --version'
run 'ls -ld /opt/edge-alpr /etc/edge-alpr /etc/edge-alpr/private /var/lib/edge-alpr /run/edge-alpr'
run 'systemctl is-enabled edge-alpr-camera edge-alpr-uplink edge-alpr-collector || true'
run 'pgrep -u edge-alpr -l || echo "nothing of it runs"'

say "The papers: keys, certificates and a policy, here for a bench"
run 'edge-alpr simulate --prepare bench --units 1 --host localhost'
run "edge-alpr policy bench --unit $unit /etc/edge-alpr/policy"
run 'install -m 600 bench/signing/*.key /etc/edge-alpr/private/unit.key'
run 'install -m 600 bench/tls/bench.*.key /etc/edge-alpr/private/broker.key'
run 'install -m 644 bench/tls/bench.*.pem /etc/edge-alpr/unit.pem; install -m 644 bench/tls/ca.pem /etc/edge-alpr/'
run 'cp -r bench/collectors /etc/edge-alpr/; chmod -R a+rX /etc/edge-alpr/collectors /etc/edge-alpr/policy'

say "Something to look at, for there is no camera: a rendered drive-by"
run '/opt/edge-alpr/bin/python clip.py /srv/road.avi 6'

say "Configure the unit"
show /etc/edge-alpr/edge-alpr.yaml <<'YAML'
version: 1
unit: {org: bench, site: fleet, name: unit-0001}
camera: {kind: files, path: /srv/road.avi, pace: real-time}
policy: {file: policy/policy.json, authorities: policy/authorities}
mqtt:
  url: mqtts://localhost:8883
  ca_file: ca.pem
  cert_file: unit.pem
  key_file: /run/credentials/edge-alpr-uplink.service/broker.key
YAML
run 'runuser -u edge-alpr -- edge-alpr check /etc/edge-alpr/edge-alpr.yaml | tail -n 2'
cat >>/etc/edge-alpr/edge-alpr.yaml <<'YAML'
keys:
  unit_key: /run/credentials/edge-alpr-camera.service/unit.key
  collector_keys: collectors
uplink: {confirm: receipt}
YAML
run 'tail -n 4 /etc/edge-alpr/edge-alpr.yaml'
mkdir -p /etc/systemd/system/edge-alpr-{camera,uplink}.service.d
show /etc/systemd/system/edge-alpr-camera.service.d/key.conf <<'UNIT'
[Service]
LoadCredential=unit.key:/etc/edge-alpr/private/unit.key
UNIT
show /etc/systemd/system/edge-alpr-uplink.service.d/key.conf <<'UNIT'
[Service]
LoadCredential=broker.key:/etc/edge-alpr/private/broker.key
UNIT

say "The central side, on the same machine for this trial: broker and collector"
run 'edge-alpr broker-config --to /etc/mosquitto/edge-alpr --collector collector --data /var/lib/mosquitto'
run 'install -m 644 bench/tls/ca.pem bench/tls/broker.pem /etc/mosquitto/edge-alpr/'
run 'install -m 600 bench/tls/broker.key /etc/mosquitto/edge-alpr/; chown -R mosquitto: /etc/mosquitto/edge-alpr'
run 'echo "include_dir /etc/mosquitto/edge-alpr" > /etc/mosquitto/mosquitto.conf; systemctl start mosquitto'
run 'install -m 600 bench/tls/collector.key /etc/edge-alpr/private/collector-broker.key'
run 'install -m 600 bench/collector.key /etc/edge-alpr/private/collector-receipt.key'
run 'install -m 644 bench/tls/collector.pem /etc/edge-alpr/; cp -r bench/units /etc/edge-alpr/; chmod -R a+rX /etc/edge-alpr/units'
show /etc/edge-alpr/collector.env <<'ENV'
BROKER=mqtts://localhost:8883
STORE=sqlite:reads.db
NAME=collector
ENV

say "Start all three"
run 'systemctl daemon-reload; systemctl enable --now edge-alpr-collector edge-alpr-uplink edge-alpr-camera'
again 'systemctl is-active edge-alpr-camera edge-alpr-uplink edge-alpr-collector'
stored=/var/lib/private/edge-alpr-collector/reads.db
until_true "[ \$(/usr/bin/python3 stored.py $stored | wc -l) -ge 3 ]"
run "/usr/bin/python3 stored.py $stored"
again 'runuser -u edge-alpr -- edge-alpr check /etc/edge-alpr/edge-alpr.yaml | tail -n 2'
run 'runuser -u edge-alpr -- edge-alpr doctor --no-camera /etc/edge-alpr/edge-alpr.yaml || true'

say "What each half can reach"
again 'nsenter --net --target $(systemctl show -P MainPID edge-alpr-camera) ip -brief link'
run 'ss -H -ltn'
run 'ls /run/credentials/; stat -c "%U %a %n" /run/credentials/edge-alpr-*/*'
run 'stat -c "%U %a %n" /var/lib/edge-alpr /var/lib/edge-alpr/spool.db /run/edge-alpr'
run 'for half in camera uplink collector; do systemd-analyze security edge-alpr-$half --no-pager | tail -n 1; done'

run 'find /var/lib/edge-alpr -type f | sort'
[ ! -e /var/lib/edge-alpr/.cache ] || { echo "a library keeps something of its own on the card"; exit 1; }

say "Upgrade: the spool, the keys and the configuration stay, and what ran runs again"
run 'systemctl stop edge-alpr-collector'
until_true '[ $(/usr/bin/python3 waiting.py /var/lib/edge-alpr/spool.db) -ge 3 ]'
run '/usr/bin/python3 waiting.py /var/lib/edge-alpr/spool.db'
before=$(systemctl show -P MainPID edge-alpr-camera edge-alpr-uplink | xargs)
(cd /etc/edge-alpr && find . -type f -exec sha256sum {} + | sort >/root/etc-before)
run "apt-get install -q -y ./$new"
run 'edge-alpr --version; ls -d /usr/lib/edge-alpr/venv.* | wc -l'
until_true "systemctl is-active edge-alpr-camera edge-alpr-uplink"
after=$(systemctl show -P MainPID edge-alpr-camera edge-alpr-uplink | xargs)
[ "$before" != "$after" ] || { echo "the services were not restarted"; exit 1; }
run 'cd /etc/edge-alpr && find . -type f -exec sha256sum {} + | sort | cmp - /root/etc-before && echo "configuration and keys: every byte the same"'
run 'systemctl start edge-alpr-collector'
until_true "[ \$(/usr/bin/python3 stored.py $stored | wc -l) -ge $(($(/usr/bin/python3 stored.py $stored | wc -l) + 4)) ]"
run "/usr/bin/python3 stored.py --numbers $stored"

say "Another Python asks for another environment; this one is still right"
run 'dpkg-trigger --by-package=dpkg /usr/bin/python3; dpkg --configure --pending'
run '/usr/lib/edge-alpr/make-venv --if-python-changed && echo "nothing to do"'

say "Remove: what may not be delivered yet stays"
run 'apt-get remove -q -y edge-alpr'
run 'pgrep -u edge-alpr -l || echo "nothing of it runs"'
run 'ls -d /usr/lib/edge-alpr /opt/edge-alpr /usr/bin/edge-alpr 2>&1 || true'
run 'ls /etc/edge-alpr /var/lib/edge-alpr'

say "Purge: everything goes"
run 'apt-get purge -q -y edge-alpr'
run 'ls -d /etc/edge-alpr /var/lib/edge-alpr /run/edge-alpr 2>&1 || true'
for left in /etc/edge-alpr /var/lib/edge-alpr /usr/lib/edge-alpr /opt/edge-alpr; do
  [ ! -e $left ] || { echo "$left is still there"; exit 1; }
done
printf '```\n\nall steps done\n'
