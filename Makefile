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

# Linked in, libevent_core, c-ares and json-c cost a plain check 0.8 ms CPU and 2.2 MiB instead of
# 1.07 ms and 2.4 MiB (make bench). SMALL_LIBS=shared for distributions that want it so.
SMALL_LIBS ?= static
SMALL_LIBS_static = -Wl,-Bstatic -levent_core -lcares -ljson-c -Wl,-Bdynamic -lm
SMALL_LIBS_shared = `$(PC) --libs libevent_core libcares json-c` -lm

# make V=1 shows the whole commands.
say = $(if $(V),,@echo "  $(1)" $(patsubst $(B)/%,%,$(2));)

LAYERS    := base pop3 tls probe net report config
LIB_SRC   := $(sort $(wildcard $(LAYERS:%=lib/%/*.c)))
LIB_OBJ   := $(LIB_SRC:%.c=$(B)/%.o)
TLS_OBJ   := $(filter $(B)/lib/tls/%,$(LIB_OBJ))
PLUGIN_SRC := $(sort $(wildcard plugins/*.c))
PLUGIN_OBJ := $(PLUGIN_SRC:%.c=$(B)/%.o)
EXPORTER_SRC := $(sort $(wildcard prometheus/*.c))
EXPORTER_OBJ := $(EXPORTER_SRC:%.c=$(B)/%.o)
UNIT_SRC  := $(sort $(wildcard tests/unit/*.c))
UNIT_OBJ  := $(UNIT_SRC:%.c=$(B)/%.o)

.PHONY: all help deps deps-test deps-lint demo demo-run test test-run lint lint-run layers format \
	sanitize sanitize-run coverage bench install clean valgrind
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(B)/check_pop3 $(B)/pop3probe_tls.so $(B)/pop3_exporter $(B)/libpop3probe.a

help:
	@sed -n 's/^## //p' Makefile

## make            build check_pop3, pop3_exporter and the library (packages: make deps)
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
$(B)/lib/config/%.o: PKGS = libfyaml libpcre2-8
$(B)/plugins/%.o: PKGS = libevent_core json-c
$(B)/prometheus/%.o: PKGS = libevent libfyaml libpcre2-8 zlib
$(B)/tests/unit/%.o: PKGS = check openssl libidn json-c libevent_core libcares
$(B)/plugins/tls_load.o: P3_DEFS = -DMODULE_DIR='"$(moduledir)"'

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(P3_CFLAGS) $(CFLAGS) $(P3_DEFS) -Ilib -Iplugins -MMD -MP \
		$(if $(PKGS),`$(PC) --cflags $(PKGS)`) -c -o $@ $<

$(B)/libpop3probe.a: $(LIB_OBJ)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $(LIB_OBJ)

# OpenSSL costs more to start than a whole plain check: check_pop3 opens this when it needs it.
$(B)/pop3probe_tls.so: $(TLS_OBJ) $(B)/libpop3probe.a
	$(call say,LD,$@)$(CC) -shared $(P3_LDFLAGS) -Wl,--exclude-libs,ALL -o $@ $(TLS_OBJ) $(B)/libpop3probe.a \
		`$(PC) --libs openssl` -ldl

$(B)/check_pop3: $(PLUGIN_OBJ) $(B)/libpop3probe.a | $(B)/pop3probe_tls.so
	$(call say,LD,$@)$(CC) -pie $(P3_LDFLAGS) -o $@ $(PLUGIN_OBJ) $(B)/libpop3probe.a \
		$(SMALL_LIBS_$(SMALL_LIBS)) -ldl

# A daemon pays for its libraries once: all of them are linked.
$(B)/pop3_exporter: $(EXPORTER_OBJ) $(B)/libpop3probe.a
	$(CC) -pie $(P3_LDFLAGS) -o $@ $(EXPORTER_OBJ) $(B)/libpop3probe.a \
		`$(PC) --libs libevent_core libevent_extra libcares json-c openssl libidn \
		libfyaml libpcre2-8 zlib` -lm

# --- tests -----------------------------------------------------------------------------------

include tests/popd/module.mk
include tests/cases/module.mk
include tests/peers/module.mk
include tests/bench/module.mk
include tests/exporter/module.mk
-include tests/configs/module.mk tests/real/module.mk tests/fuzz/module.mk

$(B)/tests/unit-tests: $(UNIT_OBJ) $(filter-out $(B)/plugins/check_pop3.o,$(PLUGIN_OBJ)) $(B)/libpop3probe.a
	$(call say,LD,$@)$(CC) $(P3_LDFLAGS) -o $@ $^ \
		`$(PC) --libs check openssl libidn json-c libevent_core libcares libfyaml libpcre2-8` -ldl

TESTERS := $(B)/tests/unit-tests $(B)/tests/popd $(B)/tests/run-cases $(B)/tests/run-peers \
	$(B)/tests/fakepop

# Packages first, then a make of its own, which sees what they brought.
deps:
	tests/install-packages.sh build

deps-test:
	tests/install-packages.sh build test

deps-lint:
	tests/install-packages.sh build test lint

.PHONY: testers
testers: $(TESTERS)

demo:
	tests/install-packages.sh build demo
	+$(MAKE) all $(B)/tests/popd
	tests/demo/demo.sh

test: deps-test
	+$(MAKE) all testers
	+$(MAKE) test-run

# Every part runs even when one before it failed; each closes with Check's summary.
# The exporter's own (make test-exporter) still time some steps by waiting: not yet among them.
PARTS := unit cases peers configs real
test-run:
	@failed=; for part in $(PARTS); do \
		$(MAKE) --no-print-directory test-$$part || failed="$$failed $$part"; done; \
	if [ -n "$$failed" ]; then echo "FAILED:$$failed" >&2; exit 1; fi

.PHONY: $(PARTS:%=test-%) certs
certs:
	@tests/certs/make-certs.sh $(B)/certs

test-unit: $(B)/tests/unit-tests
	$(B)/tests/unit-tests

test-peers: peers

test-cases: certs $(B)/check_pop3

# --- gates -----------------------------------------------------------------------------------

C_FILES = $(shell git ls-files '*.c' '*.h' 2>/dev/null)

lint: deps-lint
	+$(MAKE) lint-run

lint-run: lint-format lint-layers lint-tidy lint-cppcheck lint-analyzer lint-clang lint-docs

.PHONY: lint-format lint-layers lint-tidy lint-cppcheck lint-analyzer lint-clang lint-docs
format:
	clang-format -i $(C_FILES)

lint-format:
	clang-format --dry-run -Werror $(C_FILES)

lint-layers: $(B)/libpop3probe.a
	tests/lint/layers.sh $(B)

lint-tidy:
	clang-tidy --quiet --warnings-as-errors='*' $(LIB_SRC) $(PLUGIN_SRC) $(EXPORTER_SRC) -- -std=c11 -D_GNU_SOURCE \
		-Ilib -Iplugins -I/usr/include/json-c

lint-cppcheck:
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
		--inline-suppr --suppress=missingIncludeSystem --suppress=varFuncNullUB -Ilib -Iplugins lib plugins prometheus

# One build of everything by gcc's analyzer, one by clang, both without a warning.
lint-analyzer:
	+$(MAKE) all B=$(B)/analyzer OPT='-O1 -g' WERROR='-Werror -fanalyzer'

lint-clang:
	+$(MAKE) all B=$(B)/clang CC=clang WERROR=-Werror
	+$(MAKE) all B=$(B)/gcc WERROR=-Werror

lint-docs:
	mandoc -Tlint -W warning plugins/check_pop3.8
	shellcheck -S warning tests/*.sh tests/*/*.sh .ci/run plugins/completion/*.bash

SAN = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
sanitize: deps-test
	+$(MAKE) sanitize-run

# The hardening of the fortified headers hides overruns from ASan.
sanitize-run:
	+$(MAKE) all testers B=$(B)/san SANITIZE='$(SAN)' OPT='-O1 -g' HARDEN= SMALL_LIBS=shared
	$(B)/san/tests/unit-tests
	tests/certs/make-certs.sh $(B)/san/certs
	$(B)/san/tests/run-cases --build $(B)/san --no-memory-limit $(CASES)

valgrind: deps-test
	+$(MAKE) valgrind-run

.PHONY: valgrind-run
valgrind-run: all $(B)/tests/popd certs
	tests/lint/valgrind.sh $(B)

coverage: deps-test
	+$(MAKE) all testers B=$(B)/cov SANITIZE='--coverage' OPT='-O0 -g' HARDEN= SMALL_LIBS=shared
	$(B)/cov/tests/unit-tests
	tests/certs/make-certs.sh $(B)/cov/certs
	$(B)/cov/tests/run-cases --build $(B)/cov --no-memory-limit $(CASES)
	tests/lint/coverage.sh $(B)/cov

# --- install -----------------------------------------------------------------------------------

INSTALL ?= install
install: all
	$(INSTALL) -d $(DESTDIR)$(plugindir) $(DESTDIR)$(moduledir) $(DESTDIR)$(mandir)/man8 \
		$(DESTDIR)$(datadir)/bash-completion/completions \
		$(DESTDIR)$(datadir)/zsh/site-functions $(DESTDIR)$(datadir)/pop3probe
	$(INSTALL) -m 755 $(B)/check_pop3 $(DESTDIR)$(plugindir)/check_pop3
	ln -sf check_pop3 $(DESTDIR)$(plugindir)/check_pop3s
	$(INSTALL) -d $(DESTDIR)$(bindir)
	$(INSTALL) -m 755 $(B)/pop3_exporter $(DESTDIR)$(bindir)/pop3_exporter
	ln -sf check_pop3 $(DESTDIR)$(plugindir)/check_spop3
# The names of the monitoring plugins' own programs are taken only where they are free.
	for name in check_pop check_spop; do \
		[ -e $(DESTDIR)$(plugindir)/$$name ] || \
			ln -s check_pop3 $(DESTDIR)$(plugindir)/$$name; done
	$(INSTALL) -m 644 $(B)/pop3probe_tls.so $(DESTDIR)$(moduledir)/pop3probe_tls.so
	$(INSTALL) -m 644 plugins/check_pop3.8 $(DESTDIR)$(mandir)/man8/
	for name in check_pop3s check_spop3; do \
		ln -sf check_pop3.8 $(DESTDIR)$(mandir)/man8/$$name.8; \
		ln -sf check_pop3 $(DESTDIR)$(datadir)/bash-completion/completions/$$name; done
	$(INSTALL) -m 644 plugins/completion/check_pop3.bash \
		$(DESTDIR)$(datadir)/bash-completion/completions/check_pop3
	$(INSTALL) -m 644 plugins/completion/_check_pop3 $(DESTDIR)$(datadir)/zsh/site-functions/
	$(INSTALL) -m 644 plugins/pop3-result.schema.json $(DESTDIR)$(datadir)/pop3probe/
	cp -R nagios-configs $(DESTDIR)$(datadir)/pop3probe/

clean:
	rm -rf $(B)

-include $(LIB_OBJ:.o=.d) $(PLUGIN_OBJ:.o=.d) $(EXPORTER_OBJ:.o=.d) $(UNIT_OBJ:.o=.d)
