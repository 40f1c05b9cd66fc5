# Thin: every target calls one script or one `skiplab` command.
.PHONY: dist help setup demo up dev check test test-long fuzz chaos lock bench bench-train bench-ui bench-accuracy bench-evidence bench-queue bench-store bench-client clean

help:
	@echo "make demo    set up, train the report's four networks on digits, keep the dashboard running"
	@echo "make up      set up and start Skiplab at http://127.0.0.1:8000"
	@echo "make setup   install and build only (PYTHON=... and SKIPLAB_TORCH_INDEX=... select interpreter and torch build)"
	@echo "make dev     start Skiplab with auto-reload, and the dashboard with hot reload at http://127.0.0.1:5173"
	@echo "make dist    build the wheels of skiplab and skiplab-lab into dist/"
	@echo "make test    run all tests except the long ones (make test-long); make check   lint and type-check"
	@echo "make bench   benchmark training, the queue, the store and the page; needs an idle machine and the real CIFAR-10"
	@echo "make fuzz    fuzz the API with many generated requests"
	@echo "make chaos   kill every process of a running server repeatedly for ten minutes (ARGS=\"--minutes 1 --seed 7\")"
	@echo "make lock    regenerate requirements/*.txt (UPGRADE=1: newest versions)"
	@echo "make clean   remove what setup installed; your data is kept"

setup:
	@sh scripts/bootstrap.sh

demo: setup
	@.venv/bin/skiplab demo

up: setup
	@.venv/bin/skiplab up

dev: setup
	@.venv/bin/python scripts/dev.py

dist: setup
	@.venv/bin/python scripts/dist.py

check:
	@sh scripts/bootstrap.sh --dev
	@sh scripts/check.sh

test:
	@sh scripts/bootstrap.sh --dev
	@sh scripts/test.sh

bench: bench-train bench-queue bench-store bench-ui

bench-train:
	@sh scripts/bootstrap.sh --dev
	@.venv/bin/python -m benchmarks.train $(ARGS)

bench-ui:
	@sh scripts/bootstrap.sh --dev
	@.venv/bin/python -m benchmarks.ui $(ARGS)

bench-accuracy:
	@sh scripts/bootstrap.sh --dev
	@.venv/bin/python -m benchmarks.accuracy $(NAME)

bench-evidence:
	@sh scripts/bootstrap.sh --dev
	@.venv/bin/python -m benchmarks.evidence $(NAME)

bench-queue:
	@sh scripts/bootstrap.sh --dev
	@.venv/bin/python -m benchmarks.queue $(ARGS)

bench-store:
	@sh scripts/bootstrap.sh --dev
	@.venv/bin/python -m benchmarks.store $(ARGS)

bench-client:
	@sh scripts/bootstrap.sh --dev
	@.venv/bin/python -m benchmarks.client $(ARGS)

fuzz:
	@sh scripts/bootstrap.sh --dev
	@SKIPLAB_FUZZ_EXAMPLES=200 .venv/bin/python -m pytest tests/fuzz -s

chaos:
	@sh scripts/bootstrap.sh --dev
	@.venv/bin/python -m tests.faults.chaos $(ARGS)

test-long:
	@sh scripts/bootstrap.sh --dev
	@sh scripts/test.sh --long

lock:
	@sh scripts/lock.sh

clean:
	rm -rf .venv .setup .mypy_cache .ruff_cache .pytest_cache *.egg-info frontend/node_modules frontend/dist
