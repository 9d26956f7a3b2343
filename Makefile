# The short way; plain CMake works too (see README.md).
PRESET ?= release
BUILD := build/$(PRESET)
BINARY := $(BUILD)/tallystick
DIR ?= tallystick-net

.PHONY: all deps demo test soak up down bench clean

all: deps
	@cmake --preset $(PRESET) > /dev/null
	@cmake --build --preset $(PRESET)

deps:
	@scripts/deps.sh

demo: all
	@scripts/demo.sh $(BINARY)

test: deps
	@cmake --workflow --preset $(PRESET)

soak: all
	@scripts/soak.sh $(BUILD)

up: all
	@$(BINARY) network up --dir $(DIR)

down:
	@$(BINARY) network down --dir $(DIR)

clean:
	@rm -rf build
