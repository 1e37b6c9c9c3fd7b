#!/bin/sh
# Runs the camera tests in the root that prepare.sh made. What is mounted goes with the namespace.
# Usage: run.sh FOLDER [pytest's arguments]
set -eu
root=$1/root
shift
here=$(dirname "$0")
mkdir -p "$root/repository" "$root/run/pictures"
cp "$here/virtual.yaml" "$root/usr/share/libcamera/pipeline/virtual/virtual.yaml"
# shellcheck disable=SC2016 # the inner shell expands them
exec unshare --mount sh -eu -c '
  root=$1
  shift
  mount --bind /dev "$root/dev"
  mount --bind /proc "$root/proc"
  mount --bind . "$root/repository"
  exec chroot "$root" env --chdir=/repository \
    HOME=/root PATH=/opt/venv/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/camera/stubs:src \
    OMP_WAIT_POLICY=PASSIVE LIBCAMERA_LOG_LEVELS=*:ERROR \
    sh -eu -c "
      python tests/camera/show.py /run/pictures
      export LD_PRELOAD=/opt/shim.so EDGE_ALPR_VIRTUAL_CAMERA=/run/pictures
      # picamera2 leaves pipes open, and its event thread dies of a camera that stops.
      exec python -m pytest -p no:cacheprovider -W ignore:setDaemon:DeprecationWarning -W ignore::ResourceWarning \
        -W ignore::pytest.PytestUnraisableExceptionWarning -W ignore::pytest.PytestUnhandledThreadExceptionWarning \
        \"\$@\"
    " sh "$@"' sh "$root" "$@"
