# The runner of case files. Include with CC, CFLAGS and B (the build directory) set.
B ?= build
CASES_WARN ?= -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion \
	-Wshadow -Wundef -Wvla -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wnull-dereference -Wswitch-enum -Wimplicit-fallthrough
CASES_CFLAGS ?= -O2 -g
CASES_SRC := $(wildcard tests/cases/*.c)
CASES_OBJ := $(CASES_SRC:tests/cases/%.c=$(B)/tests/cases.o/%.o)
CASES := $(wildcard tests/cases/*.case)

$(B)/tests/run-cases: $(CASES_OBJ)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CASES_OBJ) $$(pkg-config --libs check)

$(B)/tests/cases.o/%.o: tests/cases/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(CASES_CFLAGS) $(CASES_WARN) -MMD -MP $$(pkg-config --cflags check) \
		-c -o $@ $<

# Needs the certificates in $(B)/certs and the plugin, which the top Makefile knows how to make.
.PHONY: test-cases
test-cases: $(B)/tests/run-cases $(B)/tests/popd
	$(B)/tests/run-cases --build $(B) $(CASES)

-include $(CASES_OBJ:.o=.d)
