# What nagios-configs/ defines, run as Nagios and Icinga would against the test server, and held
# against the options there are.
#
#	make test-configs	needs build/check_pop3 and the programs of tests/popd and tests/cases

B	?= build

CONFIG_FILES	:= $(wildcard nagios-configs/*.cfg nagios-configs/*.conf) nagios-configs/icinga2/pop3.conf
CONFIG_CFLAGS	= $(CPPFLAGS) $(P3_CFLAGS) $(CFLAGS) -Iplugins

$(B)/tests/configs.case: tests/configs/expand.awk tests/configs/configs.rows $(CONFIG_FILES)
	@mkdir -p $(@D)
	awk -f tests/configs/expand.awk $(CONFIG_FILES) tests/configs/configs.rows >$@.new
	mv $@.new $@

$(B)/tests/config-options: tests/configs/options.c plugins/options.def
	@mkdir -p $(@D)
	$(CC) $(CONFIG_CFLAGS) $$(pkg-config --cflags check) $(P3_LDFLAGS) -o $@ tests/configs/options.c \
		$$(pkg-config --libs check)

.PHONY: test-configs
test-configs: $(B)/tests/configs.case $(B)/tests/config-options $(B)/tests/run-cases $(B)/tests/popd \
		$(B)/check_pop3
	tests/certs/make-certs.sh $(B)/certs
	$(B)/tests/config-options nagios-configs/icinga2/pop3.conf
	$(B)/tests/run-cases --build $(B) $(B)/tests/configs.case
