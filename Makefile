# The short way; plain CMake works too (see README.md).
PRESET ?= release
BUILD := build/$(PRESET)
BINARY := $(BUILD)/tallystick
DIR ?= tallystick-net

.PHONY: all deps everything demo test lint soak up down clean

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

soak: everything
	@scripts/soak.sh $(BUILD)

up: all
	@$(BINARY) network up --dir $(DIR)

down:
	@$(BINARY) network down --dir $(DIR)

clean:
	@rm -rf build
