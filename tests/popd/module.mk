# The test server. Include with CC, CFLAGS and B (the build directory) set.
B ?= build
POPD_WARN ?= -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion \
	-Wshadow -Wundef -Wvla -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wnull-dereference -Wswitch-enum -Wimplicit-fallthrough
POPD_CFLAGS ?= -O2 -g
POPD_SRC := $(wildcard tests/popd/*.c)
# Beside $(B)/tests/popd, the program, no folder of that name can hold the objects.
POPD_OBJ := $(POPD_SRC:tests/popd/%.c=$(B)/tests/popd.o/%.o)

$(B)/tests/popd: $(POPD_OBJ)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(POPD_OBJ) \
		$$(pkg-config --libs libevent_core openssl)

$(B)/tests/popd.o/%.o: tests/popd/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(POPD_CFLAGS) $(POPD_WARN) -MMD -MP \
		$$(pkg-config --cflags libevent_core openssl) -c -o $@ $<

.PHONY: popd-selftest
popd-selftest: $(B)/tests/popd
	tests/popd/selftest.sh $(B)

-include $(POPD_OBJ:.o=.d)
