# The exporter's tests: its parts by themselves, then the daemon against the test server.
EXPORTER_TEST_SRC := $(wildcard tests/exporter/*.c)
EXPORTER_TEST_OBJ := $(EXPORTER_TEST_SRC:tests/exporter/%.c=$(B)/tests/exporter.o/%.o)
EXPORTER_PARTS := $(filter-out $(B)/prometheus/pop3_exporter.o,$(EXPORTER_OBJ))

$(B)/tests/exporter-tests: $(EXPORTER_TEST_OBJ) $(EXPORTER_PARTS) $(B)/libpop3probe.a
	$(CC) $(P3_LDFLAGS) -o $@ $(EXPORTER_TEST_OBJ) $(EXPORTER_PARTS) $(B)/libpop3probe.a \
		`$(PC) --libs check libevent_core libevent_extra libcares json-c openssl libidn \
		libfyaml libpcre2-8 zlib` -lm

$(B)/tests/exporter.o/%.o: tests/exporter/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(P3_CFLAGS) $(CFLAGS) -Ilib -Iprometheus -MMD -MP \
		`$(PC) --cflags check json-c zlib` -c -o $@ $<

TESTERS += $(B)/tests/exporter-tests

.PHONY: test-exporter
test-exporter: certs $(B)/pop3_exporter $(B)/tests/popd $(B)/tests/exporter-tests
	$(B)/tests/exporter-tests --build $(B)

-include $(EXPORTER_TEST_OBJ:.o=.d)
