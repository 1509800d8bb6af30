# Thin names over scripts; each installs what it needs on Debian 12 (apt-get, pip into .venv).
.PHONY: demo test bench fuzz check clean

KIND ?= tpm

demo:  ## set everything up, then the main job on the embedded software TPM
	.ci/setup demo
	.ci/install-python
	.venv/bin/python -m cupel.testing.demo --kind $(KIND)

test:  ## set everything up, then every test
	.ci/setup test
	.ci/test

bench:  ## speed, next to the raw signature checks of the same evidence
	.ci/setup test
	.ci/bench

fuzz:  ## every fuzz target for SECONDS_EACH seconds (default 30)
	.ci/setup ci
	.ci/fuzz

check:  ## everything that has to pass before a change lands
	.ci/run

clean:
	rm -rf build .venv
