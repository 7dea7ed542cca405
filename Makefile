# Molino's commands. `make demo` and `make test` set up everything they need.
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
OURS := app.py infra operate lambdas training localcloud localemr localsagemaker docs/build tests examples

# Python keeps what it compiled, whatever the shell says: hundreds of short processes run here.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-faults test-spark test-corpus bench bench-quality bench-year bench-scale up down synth bootstrap deploy destroy erase pr format lint types templates nag secrets audit complexity lock clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/ready-dev  ## everything, in .venv (exact versions, checked hashes)

.venv/bin/uv:
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check uv==$(UV_VERSION)

# What jobs need beyond the image runs here with this Python's wheels, as the image's may not fit.
PACKAGED := $(wildcard training/algorithms/*.txt) training/model/onnx/packages.txt

.venv/ready: requirements.txt $(PACKAGED) | .venv/bin/uv
	@echo "Setting up Molino in .venv (once) …" >&2
	@$(BIN)/uv pip install -q --require-hashes -r requirements.txt
	@for lock in $(PACKAGED); do \
	  $(BIN)/uv pip install -q --require-hashes --no-deps --only-binary :all: -r $$lock || \
	  echo "No wheels for this machine: what $$lock is for runs on AWS only." >&2; done
	@touch $@

.venv/ready-dev: requirements-dev.txt | .venv/ready
	@$(BIN)/uv pip install -q --require-hashes -r requirements-dev.txt
	@touch $@

# Spark and a Java for it: half a gigabyte, which only its own suites need.
.venv/ready-spark: requirements-spark.txt | .venv/ready-dev
	@$(BIN)/uv pip install -q --require-hashes -r requirements-spark.txt
	@touch $@

demo: .venv/ready  ## the whole path on real data, on this machine: no AWS account, no Docker
	@$(BIN)/python -m localcloud demo

test: .venv/ready-dev  ## all tests but the slow suites
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

test-faults: .venv/ready-dev  ## the slow suites through the local cloud: faults, redrives, permissions
	@$(BIN)/python -m pytest -m faults tests

test-spark: .venv/ready-spark  ## what needs Spark or its files: both engines' agreement, its job, its tasks
	@$(BIN)/python -m pytest -m "" tests/conformance tests/localemr tests/end_to_end/test_spark_task.py tests/end_to_end/test_spark.py \
	  tests/training/fit/test_parquet_splits.py

test-corpus: .venv/ready-dev  ## every CSV of the test corpora
	@$(BIN)/python -m pytest -m corpus tests

bench: .venv/ready-dev  ## speed and memory, as ratios against named baselines
	@$(BIN)/python -m tests.bench

bench-year: .venv/ready-dev  ## a replayed year, 20 times: the right months trained, and no others; ARGS="--seeds 5 --data votes"
	@$(BIN)/python -m tests.bench.year $(ARGS)

bench-quality: .venv/ready-dev  ## models' losses on 36 public data sets, beside AutoGluon's; ARGS="--algorithm auto --seed 0"
	@$(BIN)/python -m tests.bench.quality $(ARGS)

bench-scale: .venv/ready-spark  ## preprocessing at size, DuckDB beside Spark, and where a cluster pays; ARGS="--gigabytes 1 2 5"
	@$(BIN)/python -m tests.bench.scale $(ARGS)

up: .venv/ready  ## a local cloud that stays: eval "$$(make -s up)"
	@$(BIN)/python -m localcloud up

down: .venv/ready  ## end the local cloud
	@$(BIN)/python -m localcloud down

synth: .venv/ready  ## the CloudFormation template, in cdk.out
	@$(BIN)/python -m infra.synth

bootstrap: .venv/ready synth  ## prepare your AWS account and region for the CDK, once
	@$(BIN)/python -m operate.preflight bootstrap $(ARGS)
	@$(BIN)/python -m operate.cdk bootstrap $(ARGS)

deploy: .venv/ready synth  ## deploy to your AWS account
	@$(BIN)/python -m operate.preflight deploy $(ARGS)
	@$(BIN)/python -m operate.cdk deploy $(ARGS)

destroy: .venv/ready synth  ## remove the stack from your AWS account
	@$(BIN)/python -m operate.destroy $(ARGS)

erase: .venv/ready  ## erase one dataset for good: make erase DATASET=name
	@$(BIN)/python -m operate.erase "$(DATASET)" $(ARGS)

pr: format lint types templates complexity secrets audit test  ## everything a change must pass

format: .venv/ready-dev
	@$(BIN)/ruff format $(OURS)

lint: .venv/ready-dev
	@$(BIN)/ruff format --check $(OURS)
	@$(BIN)/ruff check $(OURS)

types: .venv/ready-dev
	@$(BIN)/mypy

templates: .venv/ready-dev synth
	@$(BIN)/cfn-lint cdk.out/*.template.json

nag: .venv/ready-dev  ## what cdk-nag finds in the stack, and how much of it has no reason yet
	@$(BIN)/python -m tests.infra.nag_table

secrets: .venv/ready-dev  ## keys and passwords in what git holds
	@git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --no-verify

audit: .venv/ready-dev  ## known vulnerabilities of the locked dependencies (needs the network)
	@$(BIN)/python -m tests.checks.audit

complexity: .venv/ready-dev
	@$(BIN)/xenon --max-absolute C --max-modules B --max-average A app.py infra operate lambdas training localcloud localemr localsagemaker docs/build

lock: .venv/ready  ## renew the locks from pyproject.toml, the layers' and the algorithms' requirements
	@$(BIN)/uv pip compile pyproject.toml --extra dev $(COMPILE) -o requirements-dev.txt
	@$(BIN)/uv pip compile pyproject.toml -c requirements-dev.txt $(COMPILE) -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --extra spark -c requirements-dev.txt $(COMPILE) -o requirements-spark.txt
	@$(BIN)/python -m infra.packaging.locks

COMPILE := -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header

clean: ## remove what was made here
	@rm -rf .venv build cdk.out .localcloud runs predictions node_modules
