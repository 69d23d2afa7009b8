# SPDX-License-Identifier: GPL-3.0-or-later
# One Makefile, no recursion into folders; every product stands under $(B).
#   make            library (static and shared) and program
#   make demo       install what is missing, build, run the main job on the knee data
#   make check      install what is missing, build, run all tests
# The user owns CC CFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR; the project adds to them.

B       ?= build
PREFIX  ?= /usr/local
CC      ?= cc
CFLAGS  ?= -O2 -g
VERSION := $(shell sed -n 's/^\#define TQ_VERSION "\(.*\)"/\1/p' engine/core/api.h)
ABI     := 0

PKGS    := gsl openblas lapacke cairo pangocairo pangoft2 jansson
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla \
           -Wdouble-promotion -Wformat=2
BASE     = -std=c17 -D_XOPEN_SOURCE=700 -ffp-contract=off -fvisibility=hidden -fPIC -Iengine \
           $(WARN) $(WERROR) $(SAN) $(DEPFLAGS)
DEPFLAGS = $(shell pkg-config --cflags $(PKGS))
DEPFLAGS := $(DEPFLAGS)
# Without -lgslcblas: with it first on the line, GSL would run on the reference CBLAS.
LIBS    := $(filter-out -lgslcblas,$(shell pkg-config --libs $(PKGS))) -lxlsxwriter -lm

ENGINE_SRC := $(sort $(shell find engine -name '*.c'))
CLI_SRC    := $(sort $(wildcard cli/*.c))
UNIT_SRC   := $(sort $(wildcard tests/unit/test_*.c))
SUPPORT_SRC:= $(sort $(wildcard tests/support/*.c))
DATASETS   := $(sort $(wildcard datasets/*.csv datasets/*.md datasets/*/*.csv datasets/*/*.md))

ENGINE  := $(ENGINE_SRC:%.c=$(B)/%.o)
CLI     := $(CLI_SRC:%.c=$(B)/%.o) $(B)/gen/datasets.o
UNIT    := $(UNIT_SRC:%.c=$(B)/%)
SUPPORT := $(SUPPORT_SRC:%.c=$(B)/%.o)

.PHONY: all
all: $(B)/tausq $(B)/libtausq.so

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libtausq.a: $(ENGINE)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/libtausq.so: $(ENGINE) engine/libtausq.map
	$(CC) -shared -Wl,-soname,libtausq.so.$(ABI) -Wl,--version-script=engine/libtausq.map \
	    $(SAN) $(CFLAGS) $(LDFLAGS) -o $@ $(ENGINE) $(LIBS)

$(B)/tausq: $(CLI) $(B)/libtausq.a
	$(CC) $(SAN) $(CFLAGS) $(LDFLAGS) -o $@ $(CLI) $(B)/libtausq.a $(LIBS)

# The data sets travel inside the program: one byte array per file, and a table of names.
$(B)/gen/datasets.S: cli/embed.sh $(DATASETS)
	@mkdir -p $(@D)
	sh cli/embed.sh $(DATASETS) >$@.tmp && mv $@.tmp $@

$(B)/gen/datasets.o: $(B)/gen/datasets.S $(DATASETS)
	$(CC) -c -o $@ $<

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(SUPPORT) $(B)/libtausq.a
	$(CC) $(SAN) $(CFLAGS) $(LDFLAGS) -o $@ $< $(SUPPORT) $(B)/libtausq.a $(LIBS) -lcmocka
$(B)/tests/%.o: CPPFLAGS += -Itests

-include $(patsubst %.o,%.d,$(ENGINE) $(CLI) $(SUPPORT)) $(UNIT:=.d)
