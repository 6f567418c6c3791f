# pop3probe. `make help` lists the targets. Everything a build makes stays under $(B).
B        ?= build
ifeq ($(origin CC),default)
CC       = gcc
endif
prefix   ?= /usr/local
bindir   ?= $(prefix)/bin
libdir   ?= $(prefix)/lib
mandir   ?= $(prefix)/share/man
datadir  ?= $(prefix)/share
sysconfdir ?= /etc
plugindir  ?= $(libdir)/nagios/plugins
# Where check_pop3 looks for its TLS module when it does not lie beside it.
moduledir  ?= $(libdir)/pop3probe

OPT      ?= -O2 -g
HARDEN   ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong
WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wvla \
	-Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wnull-dereference \
	-Wswitch-enum -Wimplicit-fallthrough -Wunused-macros
WARN_gcc := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init
WARN_clang := -Wconditional-uninitialized -Wcomma -Wassign-enum
WARN     += $(if $(findstring clang,$(CC)),$(WARN_clang),$(WARN_gcc))
WERROR   ?=
P3_CFLAGS  = -std=c11 -D_GNU_SOURCE -fPIC -fvisibility=hidden $(OPT) $(HARDEN) $(WARN) $(WERROR) $(SANITIZE)
P3_LDFLAGS = -Wl,-z,relro,-z,now -Wl,--as-needed $(SANITIZE) $(LDFLAGS)
# Asked when a recipe runs: the same make run may have installed the packages just before.
PC = pkg-config

LAYERS    := base pop3 tls probe net report
LIB_SRC   := $(sort $(wildcard $(LAYERS:%=lib/%/*.c)))
LIB_OBJ   := $(LIB_SRC:%.c=$(B)/%.o)
TLS_OBJ   := $(filter $(B)/lib/tls/%,$(LIB_OBJ))
PLUGIN_SRC := $(sort $(wildcard plugins/*.c))
PLUGIN_OBJ := $(PLUGIN_SRC:%.c=$(B)/%.o)
UNIT_SRC  := $(sort $(wildcard tests/unit/*.c))
UNIT_OBJ  := $(UNIT_SRC:%.c=$(B)/%.o)

.PHONY: all help deps deps-test deps-lint demo demo-run test test-run lint lint-run layers format \
	sanitize sanitize-run coverage bench install clean valgrind
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(B)/check_pop3 $(B)/pop3probe_tls.so $(B)/libpop3probe.a

help:
	@sed -n 's/^## //p' Makefile

## make            build check_pop3 and the library (packages: make deps)
## make deps       install the packages a build needs
## make demo       install, build, start a POP3 server and check it in every mode (DEMO_SECONDS=n)
## make test       install, build, run all tests
## make lint       formatting, clang-tidy, cppcheck, gcc -fanalyzer, layers, man page, shell
## make sanitize   the tests under ASan and UBSan
## make valgrind   check_pop3 under valgrind: success, refusal, timeout, TLS failure
## make coverage   lines and branches the tests reach (gcov)
## make bench      CPU, instructions and memory beside Debian's check_pop and check_spop
## make install    DESTDIR= prefix=
## make clean

# --- build -----------------------------------------------------------------------------------

$(B)/lib/tls/%.o: PKGS = openssl libidn
$(B)/lib/net/%.o: PKGS = libevent_core libcares
$(B)/lib/report/%.o: PKGS = json-c
$(B)/plugins/%.o: PKGS = libevent_core json-c
$(B)/tests/unit/%.o: PKGS = check openssl libidn json-c libevent_core libcares
$(B)/plugins/tls_load.o: P3_DEFS = -DPLUGIN_LIBDIR='"$(libdir)"'

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(P3_CFLAGS) $(CFLAGS) $(P3_DEFS) -Ilib -Iplugins -MMD -MP \
		$(if $(PKGS),`$(PC) --cflags $(PKGS)`) -c -o $@ $<

$(B)/libpop3probe.a: $(LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $(LIB_OBJ)

# OpenSSL costs more to start than a whole plain check: check_pop3 opens this when it needs it.
$(B)/pop3probe_tls.so: $(TLS_OBJ) $(B)/libpop3probe.a
	$(CC) -shared $(P3_LDFLAGS) -Wl,--exclude-libs,ALL -o $@ $(TLS_OBJ) $(B)/libpop3probe.a \
		`$(PC) --libs openssl` -ldl

$(B)/check_pop3: $(PLUGIN_OBJ) $(B)/libpop3probe.a | $(B)/pop3probe_tls.so
	$(CC) -pie $(P3_LDFLAGS) -o $@ $(PLUGIN_OBJ) $(B)/libpop3probe.a \
		`$(PC) --libs libevent_core libcares json-c` -ldl

# --- tests -----------------------------------------------------------------------------------

include tests/popd/module.mk
include tests/cases/module.mk
include tests/peers/module.mk
include tests/bench/module.mk

$(B)/tests/unit-tests: $(UNIT_OBJ) $(filter-out $(B)/plugins/check_pop3.o,$(PLUGIN_OBJ)) $(B)/libpop3probe.a
	$(CC) $(P3_LDFLAGS) -o $@ $^ \
		`$(PC) --libs check openssl libidn json-c libevent_core libcares` -ldl

deps:
	tests/install-packages.sh build

deps-test:
	tests/install-packages.sh build test

deps-lint:
	tests/install-packages.sh build test lint

clean:
	rm -rf $(B)

-include $(LIB_OBJ:.o=.d) $(PLUGIN_OBJ:.o=.d) $(UNIT_OBJ:.o=.d)
