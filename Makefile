# The short way; plain CMake works too (see README.md).
PRESET ?= release
BUILD := build/$(PRESET)
BINARY := $(BUILD)/tallystick
DIR ?= tallystick-net

.PHONY: all deps everything demo test lint soak chaos failover model up down clean

# The program alone; its tests are built by what runs them.
all: deps
	@cmake --preset $(PRESET) > /dev/null
	@cmake --build --preset $(PRESET) --target tallystick

everything: deps
	@cmake --preset $(PRESET) > /dev/null
	@cmake --build --preset $(PRESET)

deps:
	@scripts/deps.sh scripts/packages.txt

demo: all
	@scripts/demo.sh $(BINARY)

test: deps
	@cmake --workflow --preset $(PRESET)

lint:
	@scripts/deps.sh scripts/packages.txt scripts/packages-lint.txt
	@scripts/lint.sh

# All long tests; with SEEDS=N that many seeds of the simulation instead, and with COMPARE=dev each of
# them also as that preset builds it, which must give the same run.
ifdef SEEDS
soak: deps
	@for preset in $(PRESET) $(COMPARE); do cmake --preset $$preset > /dev/null && \
	    cmake --build --preset $$preset --target simulation_test || exit 1; done
	@scripts/soak_seeds.py $(BUILD) $(SEEDS) $(if $(FIRST),--first $(FIRST)) \
	    $(if $(COMPARE),--compare build/$(COMPARE))
else
soak: everything
	@scripts/soak.sh $(BUILD)
endif

# Random harm to a network of real processes, for so many minutes; the same seed draws the same steps.
chaos: deps
	@cmake --preset $(PRESET) > /dev/null
	@cmake --build --preset $(PRESET) --target cluster_test
	@TALLY_CHAOS_MINUTES=$(MINUTES) TALLY_CHAOS_SEED=$(SEED) TALLY_CHAOS_NODES=$(NODES) \
	    TALLY_CHAOS_FIRST=$(FIRST) $(BUILD)/tests/cluster_test '[.chaos]' --use-colour no

# The agreement as a model, every order of events in a small configuration.
model:
	@scripts/deps.sh scripts/packages-model.txt
	@scripts/model.sh

# How long writes stand still when a leader goes, and how fast one that was away comes back.
failover: deps
	@cmake --preset $(PRESET) > /dev/null
	@cmake --build --preset $(PRESET) --target failover
	@TALLYSTICK_BINARY=$(BINARY) $(BUILD)/failover $(NODES) $(RUNS)

up: all
	@$(BINARY) network up --dir $(DIR)

down:
	@$(BINARY) network down --dir $(DIR)

clean:
	@rm -rf build
