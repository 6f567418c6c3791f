# check_pop3 against real servers. Include with CC, CFLAGS and B (the build directory) set.
#
#	make test-real		needs root and the packages of tests/install-packages.sh test
B ?= build
REAL_WARN ?= -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion \
	-Wshadow -Wundef -Wvla -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wnull-dereference -Wswitch-enum -Wimplicit-fallthrough
REAL_CFLAGS ?= -O2 -g
# The words, the output grammar and the search for secrets are those of the cases.
REAL_SRC := $(wildcard tests/real/*.c) $(addprefix tests/cases/,text.c output.c leak.c)
REAL_OBJ := $(REAL_SRC:tests/%.c=$(B)/tests/real.o/%.o)

$(B)/tests/real-servers: $(REAL_OBJ)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(REAL_OBJ) $$(pkg-config --libs check json-c) -pthread

$(B)/tests/real.o/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(REAL_CFLAGS) $(REAL_WARN) -Itests/cases -MMD -MP \
		$$(pkg-config --cflags check json-c) -pthread -c -o $@ $<

.PHONY: test-real
test-real: $(B)/tests/real-servers $(B)/check_pop3
	$(B)/tests/real-servers

-include $(REAL_OBJ:.o=.d)
