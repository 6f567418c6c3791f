# What a check costs, ours against Debian's check_pop and check_spop. `make bench` runs it.
#
#	BENCH_N=300		pairs of runs
#	BENCH_CALLGRIND=1	instruction counts, too (valgrind)
#	BENCH_OURS=PROGRAM	instead of build/check_pop3; with Debian's check_tcp the ratios must
#				come out as 1, which shows how far they can be trusted

B	?= build

BENCH_DIR	:= tests/bench
BENCH_SOURCES	:= $(addprefix $(BENCH_DIR)/,pairbench.c sample.c stats.c)
BENCH_HEADERS	:= $(addprefix $(BENCH_DIR)/,sample.h stats.h)
BENCH_N		?= 300
BENCH_OURS	?= $(B)/check_pop3

$(B)/tests/pairbench: $(BENCH_SOURCES) $(BENCH_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(P3_CFLAGS) $(CFLAGS) -I$(BENCH_DIR) $(P3_LDFLAGS) -o $@ \
		$(BENCH_SOURCES)

.PHONY: bench bench-pairs
bench: bench-pairs
bench-pairs: $(B)/tests/pairbench $(B)/tests/fakepop $(BENCH_OURS)
	$(B)/tests/pairbench -n $(BENCH_N) -o $(BENCH_OURS) $(if $(filter 1,$(BENCH_CALLGRIND)),-c)
