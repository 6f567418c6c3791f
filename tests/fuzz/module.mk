# Fuzzers (clang, libFuzzer, ASan and UBSan) and the allocation-failure driver.
#
#	make fuzz		each target for FUZZ_SECONDS (10), then torture; stops at a finding
#	make fuzz-probe		one of them; FUZZ_FLAGS= goes to libFuzzer
#	make torture		every allocation of whole probes failed in turn
#
# What is found lies under $(B)/fuzz: the corpus grows in $(B)/fuzz/corpus-NAME, an input that ends
# the run is $(B)/fuzz/NAME-crash-* (to see it: $(B)/fuzz/fuzz_NAME FILE).

B		?= build
FUZZ_CC		?= clang
FUZZ_SECONDS	?= 10
FUZZ_NAMES	:= reader probe sasl text range
FUZZ_DIR	:= tests/fuzz
FUZZ_LIB_SRC	:= $(sort $(wildcard lib/base/*.c lib/pop3/*.c lib/probe/*.c lib/report/*.c)) \
	lib/tls/facts.c
FUZZ_WARN	:= -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum
FUZZ_CFLAGS	= -std=c11 -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer $(FUZZ_WARN) -Ilib \
	-I$(FUZZ_DIR) `pkg-config --cflags json-c` -MMD -MP \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined $(FUZZ_EXTRA)
FUZZ_LIB_OBJ	:= $(FUZZ_LIB_SRC:%.c=$(B)/fuzz/obj/%.o)
FUZZ_OWN_OBJ	:= $(patsubst %,$(B)/fuzz/obj/$(FUZZ_DIR)/%.o,fuzz session)
FUZZ_PROGRAMS	:= $(FUZZ_NAMES:%=$(B)/fuzz/fuzz_%)
FUZZ_LDLIBS	= `pkg-config --libs json-c` -lm
FUZZ_LINK	= $(FUZZ_CC) -fsanitize=address,undefined

$(B)/fuzz/obj/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

$(B)/fuzz/obj/$(FUZZ_DIR)/%.o: $(FUZZ_DIR)/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<

$(FUZZ_PROGRAMS): $(B)/fuzz/fuzz_%: $(B)/fuzz/obj/$(FUZZ_DIR)/fuzz_%.o $(FUZZ_OWN_OBJ) $(FUZZ_LIB_OBJ)
	$(FUZZ_LINK) -fsanitize=fuzzer -o $@ $^ $(FUZZ_LDLIBS)

# Coverage counters need libFuzzer's runtime, so torture has objects of its own.
$(B)/fuzz/torture: $(FUZZ_DIR)/torture.c $(FUZZ_DIR)/session.c $(FUZZ_DIR)/fuzz.c $(FUZZ_LIB_SRC) \
		$(wildcard $(FUZZ_DIR)/*.h lib/*/*.h lib/*/*.def)
	@mkdir -p $(@D)
	$(FUZZ_LINK) $(filter-out -MMD -MP,$(FUZZ_CFLAGS)) -Wno-reserved-identifier \
		-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc -o $@ $(filter %.c,$^) $(FUZZ_LDLIBS)

.PHONY: fuzz torture $(FUZZ_NAMES:%=fuzz-%)
fuzz: $(FUZZ_NAMES:%=fuzz-%) torture

$(FUZZ_NAMES:%=fuzz-%): fuzz-%: $(B)/fuzz/fuzz_%
	@mkdir -p $(B)/fuzz/corpus-$*
	$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -print_final_stats=0 \
		-verbosity=0 -artifact_prefix=$(B)/fuzz/$*- -dict=$(FUZZ_DIR)/$*.dict $(FUZZ_FLAGS) \
		$(B)/fuzz/corpus-$* $(FUZZ_DIR)/corpus/$*
	@echo "fuzz-$*: no finding in $(FUZZ_SECONDS) s"

torture: $(B)/fuzz/torture
	$<

-include $(FUZZ_LIB_OBJ:.o=.d) $(FUZZ_OWN_OBJ:.o=.d) \
	$(FUZZ_NAMES:%=$(B)/fuzz/obj/$(FUZZ_DIR)/fuzz_%.d)
