# Thin: every target calls one script or one `skiplab` command.
.PHONY: help setup demo up dev check test test-long fuzz chaos lock bench bench-train bench-ui bench-accuracy bench-evidence bench-queue clean

help:
	@echo "make demo    set up, train the report's four networks on digits, leave the dashboard up"
	@echo "make up      set up, start the lab: http://127.0.0.1:8000"
	@echo "make setup   only install and build (PYTHON=..., SKIPLAB_TORCH_INDEX=... choose what with)"
	@echo "make dev     the lab, and the dashboard with reload at http://127.0.0.1:5173"
	@echo "make test    every test but the long ones, which make test-long takes in; make check   lint and types"
	@echo "make bench   the speed of training, of the queue and of the page; it wants a quiet machine and the real CIFAR-10"
	@echo "make fuzz    hold the API against many invented requests"
	@echo "make chaos   ten minutes in which every process of a lab is killed again and again (ARGS=\"--minutes 1 --seed 7\")"
	@echo "make lock    write requirements/*.txt anew (UPGRADE=1: newest versions)"
	@echo "make clean   remove what setup made; your data stays"

setup:
	@sh scripts/bootstrap.sh

demo: setup
	@.venv/bin/skiplab demo

up: setup
	@.venv/bin/skiplab up

dev: setup
	@.venv/bin/python scripts/dev.py

check:
	@sh scripts/bootstrap.sh --dev
	@sh scripts/check.sh

test:
	@sh scripts/bootstrap.sh --dev
	@sh scripts/test.sh

bench: bench-train bench-queue bench-ui

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
