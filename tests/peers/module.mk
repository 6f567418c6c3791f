# Side by side with Debian's check_pop and check_spop (package monitoring-plugins-basic).
#
#	make peers		every row of tests/peers/rows.txt against build/check_pop3
#	make peers-selftest	Debian's own in place of ours: the rows that say "better" must fail

B	?= build

PEERS_DIR	:= tests/peers
PEERS_CFLAGS	= $(CPPFLAGS) $(P3_CFLAGS) $(CFLAGS) -I$(PEERS_DIR)
PEERS_SOURCES	:= $(addprefix $(PEERS_DIR)/,run_peers.c row.c exec.c judge.c judge_suite.c \
	report.c)
FAKEPOP_SOURCES	:= $(addprefix $(PEERS_DIR)/,fakepop.c fakeports.c fakecert.c)

$(B)/tests/run-peers: $(PEERS_SOURCES) $(addprefix $(PEERS_DIR)/,row.h judge_suite.h)
	@mkdir -p $(@D)
	$(CC) $(PEERS_CFLAGS) $$(pkg-config --cflags check) $(P3_LDFLAGS) -o $@ $(PEERS_SOURCES) \
		$$(pkg-config --libs check) -pthread

$(B)/tests/fakepop: $(FAKEPOP_SOURCES) $(addprefix $(PEERS_DIR)/,fakecert.h fakepop.h)
	@mkdir -p $(@D)
	$(CC) $(PEERS_CFLAGS) $$(pkg-config --cflags openssl) $(P3_LDFLAGS) -o $@ $(FAKEPOP_SOURCES) \
		$$(pkg-config --libs openssl) -pthread

# A decimal comma to run into; without the locales package the rows about it are left out.
$(B)/peers/locale/.made:
	@mkdir -p $(@D)
	-@localedef -i de_DE -f UTF-8 $(@D)/de_DE.UTF-8 2>/dev/null
	@touch $@

.PHONY: peers peers-programs peers-selftest
peers-programs: $(B)/tests/run-peers $(B)/tests/fakepop $(B)/peers/locale/.made

peers: peers-programs $(B)/check_pop3
	$(B)/tests/run-peers

peers-selftest: peers-programs
	$(B)/tests/run-peers -s
