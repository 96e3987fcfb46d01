# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets. V=1 shows the commands. WERROR= builds in spite of warnings.

VERSION := 0.1.0
HOST_ARCH := $(shell uname -m)
ARCH ?= $(HOST_ARCH)
PREFIX ?= /usr
DESTDIR ?=
WERROR ?= -Werror
PITH_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pith
export PITH_CACHE

ifeq ($(filter $(ARCH),x86_64 aarch64 riscv64),)
$(error ARCH=$(ARCH): accepted are x86_64, aarch64 and riscv64)
endif

Q := $(if $(V),,@)
SAY = @$(if $(V),true,printf '  %-7s %s\n')

OUT := build/$(ARCH)
OBJ := $(OUT)/obj
SAN := build/$(HOST_ARCH)/san
TEST_OUT := build/$(HOST_ARCH)/tests
FUZZ_OUT := build/$(HOST_ARCH)/fuzz

# --- The shipped programs: static PIE against musl and Debian's libcrypto.a -----------------------
# musl: an empty program is 13 KB where glibc's is 683 KB (docs/performance.md). For a foreign architecture
# the headers and libraries come from Debian packages unpacked by scripts/sysroot.

TRIPLET_x86_64 := x86_64-linux-gnu
TRIPLET_aarch64 := aarch64-linux-gnu
TRIPLET_riscv64 := riscv64-linux-gnu
TRIPLET := $(TRIPLET_$(ARCH))
ifeq ($(ARCH),$(HOST_ARCH))
SYSROOT :=
else
SYSROOT := $(PITH_CACHE)/sysroot/$(ARCH)
endif
CC_FOR_ARCH := $(TRIPLET)-gcc
STRIP_FOR_ARCH := $(TRIPLET)-strip
MUSL_LIB := $(SYSROOT)/usr/lib/$(ARCH)-linux-musl
MUSL_INCLUDE := $(SYSROOT)/usr/include/$(ARCH)-linux-musl
LIBCRYPTO := $(SYSROOT)/usr/lib/$(TRIPLET)/libcrypto.a

WARNINGS := \
	-Wall \
	-Wextra \
	-Wpedantic \
	-Wshadow \
	-Wpointer-arith \
	-Wcast-qual \
	-Wstrict-prototypes \
	-Wmissing-prototypes \
	-Wold-style-definition \
	-Wundef \
	-Wvla \
	-Wformat=2 \
	-Wwrite-strings \
	-Wimplicit-fallthrough \
	-Wnull-dereference \
	-Wdouble-promotion \
	-Wno-gnu-zero-variadic-macro-arguments \
	-Wno-unknown-warning-option

HARDENING := \
	-fstack-protector-strong \
	-fno-strict-overflow \
	-fno-common \
	-ftrivial-auto-var-init=zero

CFLAGS_COMMON := -std=gnu17 -D_GNU_SOURCE -DPITH_VERSION='"$(VERSION)"' $(WARNINGS) $(WERROR)

MUSL_CPPFLAGS = -nostdinc -isystem $(MUSL_INCLUDE) \
	-isystem $(shell $(CC_FOR_ARCH) -print-file-name=include) \
	-idirafter $(SYSROOT)/usr/include/$(TRIPLET) -idirafter $(SYSROOT)/usr/include
# No tables for unwinding: nothing here does, and debuggers have .debug_frame.
# The folder of the build must not be in the programs: their build ID is made of debug information, too.
SHIP_CFLAGS = -Oz -g -ffile-prefix-map=$(CURDIR)=. -fPIE -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-unwind-tables \
	-DPITH_PREFIX='"$(PREFIX)"' $(CFLAGS_COMMON) $(HARDENING) $(MUSL_CPPFLAGS)
# Debian's libcrypto.a for aarch64 calls the checked longjmp that only glibc has.
LDFLAGS_aarch64 := -Wl,--defsym=__longjmp_chk=longjmp
# musl's printf knows %f, for which these processors need 10 KB of 128-bit arithmetic in software. PID 1
# formats no such number (tests/lint/layering.sh).
NO_FLOAT := $(foreach name,__addtf3 __subtf3 __multf3,-Wl,--defsym=$(name)=abort)
INIT_LDFLAGS_aarch64 := $(NO_FLOAT)
INIT_LDFLAGS_riscv64 := $(NO_FLOAT)
# init/resident.ld: the code that runs while the app runs, in a segment of its own. Sorted, small variables lie side
# by side, not in a page each beside a buffer.
INIT_LDFLAGS = $(INIT_LDFLAGS_$(ARCH)) -Wl,-T,init/resident.ld -Wl,--sort-section=alignment
# One segment for code and constants, as on aarch64, and no index of unwinding tables: 4 KB less of pith-init.
# GCC 12 for riscv64 does not pass -static on from -static-pie.
SHIP_LDFLAGS = -static-pie -nostdlib -nostartfiles -L$(MUSL_LIB) $(LDFLAGS_$(ARCH)) \
	-Wl,-static -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,--no-eh-frame-hdr -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--no-dynamic-linker
SHIP_CRT_BEGIN = $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o $(shell $(CC_FOR_ARCH) -print-file-name=crtbeginS.o)
SHIP_CRT_END = $(shell $(CC_FOR_ARCH) -print-file-name=crtendS.o) $(MUSL_LIB)/crtn.o
SHIP_LIBS = $(LIBCRYPTO) -Wl,--start-group -lc -lgcc -lgcc_eh -Wl,--end-group

# What is linked by name: programs, and PID 1's malloc, which no other program gets.
INIT_MAINS := init/main.c init/verify_main.c init/memory.c
INIT_SOURCES := $(wildcard init/*.c)
RUNNER_SOURCES := $(wildcard runner/*.c)
INIT_LIB_OBJECTS := $(patsubst %.c,$(OBJ)/%.o,$(filter-out $(INIT_MAINS),$(INIT_SOURCES)))
RUNNER_OBJECTS := $(patsubst %.c,$(OBJ)/%.o,$(RUNNER_SOURCES))

.PHONY: all
all: $(OUT)/pith $(OUT)/pith-init $(OUT)/pith-verify

# Of this file too: what was compiled with other flags is another program.
$(OBJ)/%.o: %.c Makefile | deps-build
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC_FOR_ARCH) $(SHIP_CFLAGS) -MMD -MP -c $< -o $@

# What the runner takes from init/ it takes from an archive: only what it uses.
$(OBJ)/libinit.a: $(INIT_LIB_OBJECTS)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/pith-init.debug: $(OBJ)/init/main.o $(OBJ)/init/memory.o $(OBJ)/libinit.a init/resident.ld
	$(SAY) LINK $@
	$(Q)$(CC_FOR_ARCH) $(SHIP_LDFLAGS) $(INIT_LDFLAGS) $(SHIP_CRT_BEGIN) $(filter-out %.ld,$^) $(SHIP_LIBS) $(SHIP_CRT_END) -o $@

$(OUT)/pith-verify.debug: $(OBJ)/init/verify_main.o $(OBJ)/libinit.a
	$(SAY) LINK $@
	$(Q)$(CC_FOR_ARCH) $(SHIP_LDFLAGS) $(SHIP_CRT_BEGIN) $^ $(SHIP_LIBS) $(SHIP_CRT_END) -o $@

$(OUT)/pith.debug: $(RUNNER_OBJECTS) $(OBJ)/libinit.a
	$(SAY) LINK $@
	$(Q)$(CC_FOR_ARCH) $(SHIP_LDFLAGS) $(SHIP_CRT_BEGIN) $^ $(SHIP_LIBS) $(SHIP_CRT_END) -o $@

$(OUT)/pith $(OUT)/pith-init $(OUT)/pith-verify: %: %.debug
	$(SAY) STRIP $@
	$(Q)$(STRIP_FOR_ARCH) --strip-all -o $@ $<

# The app of the demos, static as well.
$(OUT)/hello: examples/hello/hello.c | deps-build
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC_FOR_ARCH) $(SHIP_CFLAGS) -c $< -o $@.o
	$(Q)$(CC_FOR_ARCH) $(SHIP_LDFLAGS) $(SHIP_CRT_BEGIN) $@.o $(SHIP_LIBS) $(SHIP_CRT_END) -s -o $@
	@rm -f $@.o

# Attestation by hand, and the source to copy from.
$(OUT)/attest: examples/attest/main.c examples/attest/attest.c examples/attest/attest.h | deps-build
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC_FOR_ARCH) $(SHIP_CFLAGS) -c examples/attest/main.c -o $@.main.o
	$(Q)$(CC_FOR_ARCH) $(SHIP_CFLAGS) -c examples/attest/attest.c -o $@.o
	$(Q)$(CC_FOR_ARCH) $(SHIP_LDFLAGS) $(SHIP_CRT_BEGIN) $@.main.o $@.o $(SHIP_LIBS) $(SHIP_CRT_END) -s -o $@
	@rm -f $@.main.o $@.o

# The stand-in apps of examples/opensut, static.
OPENSUT_APPS := $(addprefix $(OUT)/opensut/,mission autopilot keys logger)
OPENSUT_COMMON := $(addprefix $(OBJ)/examples/,opensut/wire.o opensut/mac.o attest/attest.o)
$(OPENSUT_APPS): $(OUT)/opensut/%: $(OBJ)/examples/opensut/%.o $(OPENSUT_COMMON)
	$(SAY) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC_FOR_ARCH) $(SHIP_LDFLAGS) $(SHIP_CRT_BEGIN) $^ $(SHIP_LIBS) $(SHIP_CRT_END) -s -o $@

# --- Set-up ---------------------------------------------------------------------------------------
# Packages are installed once; what is missing is said, and root is needed only if something is.
.PHONY: deps deps-build
deps-build:
	@scripts/deps build $(ARCH)
	$(if $(SYSROOT),@scripts/sysroot $(ARCH))
deps:
	@scripts/deps all

# --- Tests ----------------------------------------------------------------------------------------
SAN_CC ?= clang
SAN_CFLAGS := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=address,undefined,fuzzer-no-link \
	-DPITH_PREFIX='"$(PREFIX)"' $(CFLAGS_COMMON)
# The static library as in the shipped programs: init/ed25519.c calls what the shared one hides.
HOST_LIBCRYPTO := /usr/lib/$(HOST_ARCH)-linux-gnu/libcrypto.a
SAN_INIT_OBJECTS := $(patsubst %.c,$(SAN)/%.o,$(filter-out $(INIT_MAINS),$(INIT_SOURCES)))
SAN_RUNNER_OBJECTS := $(patsubst %.c,$(SAN)/%.o,$(filter-out runner/main.c,$(RUNNER_SOURCES)))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(TEST_OUT)/%,$(wildcard tests/unit/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(FUZZ_OUT)/%,$(wildcard tests/fuzz/fuzz_*.c))
# Programs that tests run: static, so that they also run inside guests.
TEST_TOOLS := $(patsubst tests/tools/%.c,$(OUT)/tests/%,$(wildcard tests/tools/*.c))

$(SAN)/%.o: %.c | deps-build
	$(SAY) CC-SAN $<
	@mkdir -p $(@D)
	$(Q)$(SAN_CC) $(SAN_CFLAGS) -MMD -MP -c $< -o $@

$(SAN)/libpith.a: $(SAN_INIT_OBJECTS) $(SAN_RUNNER_OBJECTS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(UNIT_TESTS): $(TEST_OUT)/%: tests/unit/%.c tests/tap.h $(SAN)/libpith.a
	$(SAY) TEST $@
	@mkdir -p $(@D)
	$(Q)$(SAN_CC) $(SAN_CFLAGS) $< $(SAN)/libpith.a $(HOST_LIBCRYPTO) -lpthread -o $@

$(FUZZERS): $(FUZZ_OUT)/%: tests/fuzz/%.c $(SAN)/libpith.a
	$(SAY) FUZZER $@
	@mkdir -p $(@D)
	$(Q)clang $(SAN_CFLAGS) -fsanitize=fuzzer $< $(SAN)/libpith.a $(HOST_LIBCRYPTO) -lpthread -o $@

$(TEST_TOOLS): $(OUT)/tests/%: tests/tools/%.c $(OBJ)/libinit.a $(RUNNER_OBJECTS)
	$(SAY) TOOL $@
	@mkdir -p $(@D)
	$(Q)$(CC_FOR_ARCH) $(SHIP_CFLAGS) -c $< -o $@.o
	$(Q)$(CC_FOR_ARCH) $(SHIP_LDFLAGS) $(SHIP_CRT_BEGIN) $@.o \
		$(filter-out $(OBJ)/runner/main.o,$(RUNNER_OBJECTS)) $(OBJ)/libinit.a \
		$(SHIP_LIBS) $(SHIP_CRT_END) -s -o $@
	@rm -f $@.o

# On all processors, where the caller has not said how many.
PARALLEL = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: tests-build tools unit check test fuzz fuzz-build vm-assets
tests-build: all $(UNIT_TESTS) $(TEST_TOOLS) $(OUT)/attest $(OPENSUT_APPS)
tools: all $(TEST_TOOLS)
fuzz-build: $(FUZZERS)

# Kernels that the VM tests boot: Debian's, fetched as packages and unpacked, never installed, and those of
# kconfig/, built once a machine (about 4 minutes each on two idle cores; the KUnit one less than half of it).
vm-assets: all
	@scripts/deps all
	@for arch in x86_64 aarch64 riscv64; do \
		scripts/fetch-kernel $$arch && $(MAKE) --no-print-directory ARCH=$$arch tools || exit 1; done
	@for arch in x86_64 aarch64; do $(MAKE) --no-print-directory ARCH=$$arch kernel || exit 1; done
	@scripts/build-kernel x86_64 minimal kunit

# A small guest kernel of our own, from kconfig/; FRAGMENTS="debug kunit" adds to it.
.PHONY: kernel
kernel:
	@scripts/deps kernel $(ARCH)
	@scripts/build-kernel $(ARCH) $(FRAGMENTS)

unit: tests-build
	@tests/run unit
check:
	@$(PARALLEL) tests-build
	@tests/run unit toml pid1 supervise libraries results golden refuse lint
test: deps
	@$(PARALLEL) tests-build fuzz-build
	@$(MAKE) --no-print-directory vm-assets
	@tests/run unit toml pid1 supervise libraries results golden refuse lint fuzz vm exec

FUZZ_SECONDS ?= 60
fuzz: fuzz-build
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run fuzz

# --- Demo, benchmark ------------------------------------------------------------------------------
.PHONY: demo demo-nested demo-opensut bench
demo:
	@scripts/deps demo
	@$(MAKE) --no-print-directory all
	@scripts/demo
# An outer aarch64 system with a shell that starts inner ones; see docs/nested.md.
demo-nested:
	@scripts/deps demo-nested
	@$(MAKE) --no-print-directory all
	@scripts/demo-nested

# examples/opensut: four guests in a host VM; LEVEL=single: side by side on the base system.
demo-opensut:
	@scripts/deps demo-opensut
	$(Q)$(MAKE) --no-print-directory all $(OPENSUT_APPS)
	@scripts/demo-opensut $(or $(LEVEL),nested)
bench: deps
	@$(MAKE) --no-print-directory tests-build vm-assets
	@tests/bench/run

# --- Style ----------------------------------------------------------------------------------------
C_FILES = $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h')
# The shipped sources under the other compiler, against the same headers.
.PHONY: lint format syntax
syntax: CC_FOR_ARCH = clang
syntax: | deps-build
	$(Q)clang -fsyntax-only -DPITH_PREFIX='"$(PREFIX)"' $(CFLAGS_COMMON) $(MUSL_CPPFLAGS) \
		$(INIT_SOURCES) $(RUNNER_SOURCES)
lint: tests-build
	@tests/run lint
format:
	clang-format -i $(C_FILES)

# --- Install, clean -------------------------------------------------------------------------------
.PHONY: install deb clean help
# The programs of a guest stand twice: where init= on a disk root and pith-init itself look for them, and in a
# folder of their architecture, where pith looks when it builds an initramfs.
INSTALL_LIB = $(DESTDIR)$(PREFIX)/lib/pith
INSTALL_DOC = $(DESTDIR)$(PREFIX)/share/doc/pith
INSTALL_MAN = $(DESTDIR)$(PREFIX)/share/man
install: all
	install -D -m 0755 $(OUT)/pith $(DESTDIR)$(PREFIX)/bin/pith
	install -D -m 0755 $(OUT)/pith-init $(INSTALL_LIB)/pith-init
	install -D -m 0755 $(OUT)/pith-verify $(INSTALL_LIB)/pith-verify
	install -d -m 0755 $(INSTALL_LIB)/$(ARCH)
	ln -sf ../../../bin/pith $(INSTALL_LIB)/$(ARCH)/pith
	ln -sf ../pith-init $(INSTALL_LIB)/$(ARCH)/pith-init
	ln -sf ../pith-verify $(INSTALL_LIB)/$(ARCH)/pith-verify
	for page in man/*.[1-9]; do \
		install -D -m 0644 $$page $(INSTALL_MAN)/man$${page##*.}/$${page##*/} || exit 1; done
	install -d -m 0755 $(INSTALL_DOC)/docs
	install -m 0644 README.md SECURITY.md $(INSTALL_DOC)
	install -m 0644 docs/*.md $(INSTALL_DOC)/docs
	for file in $$(find examples rootfs -type f); do \
		install -D -m 0644 $$file $(INSTALL_DOC)/$$file || exit 1; done

# A Debian package of this architecture under build/; DEBFULLNAME and DEBEMAIL name its maintainer.
deb: all
	@scripts/build-deb $(ARCH) $(VERSION) build
clean:
	rm -rf build

help:
	@echo 'make            build pith, pith-init and pith-verify for ARCH=$(ARCH) under $(OUT)'
	@echo 'make demo       boot a verified hello image, then refuse a tampered one'
	@echo 'make demo-nested  an aarch64 system with a shell that starts inner ones'
	@echo 'make demo-opensut  the four guests of OpenSUT in a host VM (LEVEL=single: without)'
	@echo 'make test       all tests (.ci/run calls this)'
	@echo 'make check      the fast tests, side by side: unit, PID namespace, golden, refusals, lint'
	@echo 'make fuzz       the fuzzers, FUZZ_SECONDS=$(FUZZ_SECONDS) each'
	@echo 'make bench      timings against a floor, as ratios (BENCH=NAME,... RUNS=N: docs/performance.md)'
	@echo 'make kernel     a small guest kernel for ARCH from kconfig/ (about 450 CPU seconds, once)'
	@echo 'make deb        a Debian package, build/pith_$(VERSION)-1_*.deb'
	@echo 'make lint, make format, make install DESTDIR= PREFIX=, make clean'
	@echo 'ARCH=aarch64 or ARCH=riscv64 cross-compiles; V=1 shows commands; WERROR= tolerates warnings'

-include $(shell find build -name '*.d' 2>/dev/null)
