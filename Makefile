# SPDX-License-Identifier: GPL-3.0-or-later
# One Makefile, no recursion into folders; every product stands under $(B).
#   make            library (static and shared) and program
#   make demo       install what the build needs, build, run the main job on the knee data
#   make check      install what is missing, build with warnings as errors, run all tests
#   make test       all tests on what is installed
#   make unit       unit tests
#   make golden     published numbers, command tests and tests of the whole program
#   make reference  cases of validation/reference that are built so far
#   make validate   published analyses, and the values of validation/reference
#   make validate-peers  the latter generated again with R and metafor, where they are installed
#   make asan       tests under the address and undefined behaviour sanitizers
#   make valgrind   unit tests and some commands under valgrind
#   make fuzz       each parser on mutated input for FUZZ_SECONDS (300), by clang's libFuzzer
#   make lint       format, static analysis, headers alone, layers
#   make fmt        format the sources
#   make bench      tausq beside its peers and the machine's limits, built with -O2; BENCH=NAMES selects
#   make kernels    nanoseconds a fit by function, method and size
#   make gallery    draw the figures of docs/gallery.md
#   make mpi        $(B)/tausq-mpi: batch on many machines; needs OpenMPI (libopenmpi-dev)
#   make deps       install what is missing, for the build and the tests
#   make install    program, library, headers, man page, completion, tausq.pc
#   make uninstall  remove what install put there
#   make clean      remove what was built
# The user owns CC CFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR; the project adds to them.

B       ?= build
PREFIX  ?= /usr/local
CC      ?= cc
CFLAGS  ?= -O2 -g
PYTHON  ?= python3
INSTALL ?= install
VERSION := $(shell sed -n 's/^\#define TQ_VERSION "\(.*\)"/\1/p' engine/core/api.h)
ABI     := 0

PKGS    := gsl openblas jansson expat zlib
# Their headers alone: these are loaded by the runs that need them (engine/core/on_demand.h).
HEADPKGS := pangocairo xlsxwriter libzip yaml-0.1
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla \
           -Wformat=2
BASE     = -std=c17 -D_XOPEN_SOURCE=700 -ffp-contract=off -fvisibility=hidden -fPIC -Iengine \
           $(INCLUDE) $(WARN) $(WERROR) $(SAN) $(DEPFLAGS)
# Asked once, and only when something is built: `make deps` must run without pkg-config.
DEPFLAGS = $(eval DEPFLAGS := $$(shell pkg-config --cflags $(PKGS) $(HEADPKGS)))$(DEPFLAGS)
# Without -lgslcblas: with it first on the line, GSL would run on the reference CBLAS.
LIBS     = $(eval LIBS := $$(filter-out -lgslcblas,$$(shell pkg-config --libs $(PKGS))) -lm)$(LIBS)
# The program takes in the OpenBLAS that starts no threads, where it stands beside the one that
# pkg-config knows: to load a shared one, with its 12,000 names, takes longer than a fit.
SERIAL   = $(eval SERIAL := $$(wildcard $$(abspath $$(shell pkg-config --variable=libdir \
           openblas)/../openblas-serial)/libopenblas.a))$(SERIAL)
OWN_LIBS = $(if $(SERIAL),$(SERIAL) $(filter-out -lopenblas,$(LIBS)),$(LIBS))
LINK     = $(CC) $(SAN) $(CFLAGS) -Wl,--as-needed $(LDFLAGS)

ENGINE_SRC := $(sort $(shell find engine -name '*.c'))
CLI_SRC    := $(sort $(wildcard cli/*.c))
UNIT_SRC   := $(sort $(wildcard tests/unit/test_*.c))
SUPPORT_SRC:= $(sort $(wildcard tests/support/*.c))
DATASETS   := $(sort $(wildcard datasets/*.csv datasets/*.md datasets/*/*.csv datasets/*/*.md))
PUBLISHED  := $(sort $(wildcard validation/published/*.yaml validation/published/data/*.csv))
HEADERS    := $(sort $(filter-out %_internal.h,$(shell find engine -name '*.h')))

ENGINE  := $(ENGINE_SRC:%.c=$(B)/%.o)
CLI     := $(CLI_SRC:%.c=$(B)/%.o) $(B)/gen/datasets.o $(B)/gen/published.o
UNIT    := $(UNIT_SRC:%.c=$(B)/%)
SUPPORT := $(SUPPORT_SRC:%.c=$(B)/%.o) $(B)/gen/datasets.o
BENCH_O := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard validation/bench/*.c)))
BENCH_P := $(B)/validation/bench/bench
FUZZ    := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
# Tests write the files that they read back.
TEST_LIBS := -lcmocka -lxlsxwriter -lzip -lreadstat
FUZZ_SECONDS ?= 300

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all mpi demo check test unit golden reference validate validate-peers asan valgrind fuzz fuzz-targets lint fmt bench kernels \
        gallery deps install uninstall clean help
all: $(B)/tausq $(B)/libtausq.so

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libtausq.a: $(ENGINE)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/libtausq.so: $(ENGINE) engine/libtausq.map
	$(LINK) -shared -Wl,-soname,libtausq.so.$(ABI) -Wl,--version-script=engine/libtausq.map \
	    -o $@ $(ENGINE) $(LIBS)

$(B)/tausq: $(CLI) $(B)/libtausq.a
	$(LINK) -o $@ $(CLI) $(B)/libtausq.a $(OWN_LIBS)

# The program's own main() under another name, and one around it.
MPI_CFLAGS = $(eval MPI_CFLAGS := $$(shell pkg-config --cflags ompi-c))$(MPI_CFLAGS)
MPI_LIBS   = $(eval MPI_LIBS := $$(shell pkg-config --libs ompi-c))$(MPI_LIBS)
mpi: $(B)/tausq-mpi
$(B)/mpi/main.o: cli/main.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CPPFLAGS) $(CFLAGS) -Dmain=tausq_main -Wno-missing-prototypes -MMD -MP -c -o $@ $<
$(B)/mpi/mpi_main.o: cli/mpi/mpi_main.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(MPI_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/tausq-mpi: $(B)/mpi/mpi_main.o $(B)/mpi/main.o $(filter-out $(B)/cli/main.o,$(CLI)) $(B)/libtausq.a
	$(LINK) -o $@ $^ $(OWN_LIBS) $(MPI_LIBS)

# The data sets and the published analyses travel inside the program: one byte array per file, and a
# table of names.
$(B)/gen/datasets.S: cli/embed.sh $(DATASETS)
	@mkdir -p $(@D)
	sh cli/embed.sh tq_cli_datasets $(DATASETS) >$@.tmp && mv $@.tmp $@

$(B)/gen/published.S: cli/embed.sh $(PUBLISHED)
	@mkdir -p $(@D)
	sh cli/embed.sh tq_cli_published $(PUBLISHED) >$@.tmp && mv $@.tmp $@

$(B)/gen/datasets.o: $(B)/gen/datasets.S $(DATASETS)
$(B)/gen/published.o: $(B)/gen/published.S $(PUBLISHED)
$(B)/gen/%.o: $(B)/gen/%.S
	$(CC) -c -o $@ $<

$(B)/tests/%.o $(B)/validation/%.o: INCLUDE := -Itests
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(SUPPORT) $(B)/libtausq.a
	$(LINK) -o $@ $< $(SUPPORT) $(B)/libtausq.a $(LIBS) $(TEST_LIBS)

$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/libtausq.a
	$(LINK) -fsanitize=fuzzer -o $@ $< $(B)/libtausq.a $(LIBS)

$(BENCH_P): $(BENCH_O) $(B)/libtausq.a
	$(LINK) -o $@ $(BENCH_O) $(B)/libtausq.a $(OWN_LIBS)

# A fresh make after the packages are there, so that pkg-config finds them; on all cores, unless
# the user said how many.
JOBS  = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
BUILD = @echo 'building in $(B)' && $(MAKE) -s --no-print-directory $(JOBS)

demo:
	@sh tests/setup.sh build
	$(BUILD) all
	@sh datasets/knee/demo.sh $(B)/tausq demo

gallery: all
	@sh docs/gallery.sh $(B)/tausq docs

check:
	@sh tests/setup.sh build check
	@sh tests/setup.sh extra || echo "setup: going on without it: what needs it is skipped" >&2
	$(BUILD) test WERROR=-Werror

deps:
	@sh tests/setup.sh build check

SUITES = unit command golden published program reference
RUN    = $(PYTHON) tests/run.py --build $(B)

test: all $(UNIT)
	@if pkg-config --exists ompi-c; then $(MAKE) -s --no-print-directory mpi B=$(B); fi
	@$(RUN) $(SUITES)
unit: $(UNIT)
	@$(RUN) unit
golden: all
	@$(RUN) golden command program
reference: all
	@$(RUN) reference
validate: all
	@$(B)/tausq validate --summary
	@$(RUN) published reference
validate-peers:
	@$(PYTHON) validation/peers/peers.py

# halt_on_error: what UBSan finds fails a test like what ASan finds. Fontconfig keeps its caches.
asan:
	@LSAN_OPTIONS="suppressions='$(CURDIR)/tests/lsan.supp':print_suppressions=0" \
	 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
	 $(MAKE) -s --no-print-directory $(JOBS) test B=$(B)/asan WERROR=-Werror CFLAGS='-O1 -g' \
	     SAN='-fsanitize=address,undefined -fno-sanitize-recover=all'

valgrind: all $(UNIT)
	@sh tests/valgrind.sh $(B)

fuzz-targets: $(FUZZ)
fuzz:
	@$(MAKE) -s --no-print-directory $(JOBS) fuzz-targets B=$(B)/fuzz CC=clang CFLAGS='-O1 -g' \
	     SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
	@sh tests/fuzz/run.sh $(B)/fuzz $(FUZZ_SECONDS)

lint:
	@CC='$(CC)' DEPFLAGS='$(DEPFLAGS)' sh tests/lint.sh

fmt:
	find engine cli tests validation -name '*.[ch]' -exec clang-format -i {} +

BENCH_BUILD = $(MAKE) -s --no-print-directory $(JOBS) $(B)/bench/tausq \
              $(B)/bench/validation/bench/bench B=$(B)/bench CFLAGS='-O2'
bench:
	@$(BENCH_BUILD)
	@$(PYTHON) validation/bench/compare.py --tausq $(B)/bench/tausq \
	     --bench $(B)/bench/validation/bench/bench --json $(B)/bench.json $(BENCH)
kernels:
	@$(BENCH_BUILD)
	@$(B)/bench/validation/bench/bench --tausq $(B)/bench/tausq $(BENCHFLAGS)

lib     = $(DESTDIR)$(PREFIX)/lib
include = $(DESTDIR)$(PREFIX)/include/tausq
share   = $(DESTDIR)$(PREFIX)/share

install: all
	$(INSTALL) -d "$(DESTDIR)$(PREFIX)/bin" "$(lib)/pkgconfig"
	$(INSTALL) -m 755 $(B)/tausq "$(DESTDIR)$(PREFIX)/bin/tausq"
	$(INSTALL) -m 644 $(B)/libtausq.a "$(lib)/libtausq.a"
	$(INSTALL) -m 644 $(B)/libtausq.so "$(lib)/libtausq.so.$(VERSION)"
	ln -sf libtausq.so.$(VERSION) "$(lib)/libtausq.so.$(ABI)"
	ln -sf libtausq.so.$(ABI) "$(lib)/libtausq.so"
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@LIBS@|$(strip $(LIBS))|' \
	    engine/tausq.pc.in >"$(lib)/pkgconfig/tausq.pc"
	for header in $(HEADERS:engine/%=%); do \
	    $(INSTALL) -d "$(include)/$$(dirname $$header)" && \
	    $(INSTALL) -m 644 engine/$$header "$(include)/$$header" || exit 1; \
	done
	if [ -f cli/tausq.1 ]; then $(INSTALL) -d "$(share)/man/man1" && \
	    $(INSTALL) -m 644 cli/tausq.1 "$(share)/man/man1/tausq.1"; fi
	if [ -f cli/completion.bash ]; then $(INSTALL) -d "$(share)/bash-completion/completions" && \
	    $(INSTALL) -m 644 cli/completion.bash "$(share)/bash-completion/completions/tausq"; fi

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/tausq" "$(lib)/libtausq.a" "$(lib)/libtausq.so" \
	    "$(lib)/libtausq.so.$(ABI)" "$(lib)/libtausq.so.$(VERSION)" "$(lib)/pkgconfig/tausq.pc" \
	    "$(share)/man/man1/tausq.1" "$(share)/bash-completion/completions/tausq"
	rm -rf "$(include)"

clean:
	rm -rf $(B)

help:
	@sed -n 's/^#   make/make/p' Makefile

-include $(wildcard $(B)/mpi/*.d) $(patsubst %.o,%.d,$(ENGINE) $(CLI) $(SUPPORT)) $(UNIT:=.d) $(BENCH_O:.o=.d)
