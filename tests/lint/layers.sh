#!/bin/sh
# Includes point down only, written "layer/file.h"; the core makes no system call of its own.
# usage: layers.sh BUILD
set -eu
build=$1
bad=0

# layer: what it may include
check() {
	layer=$1
	shift
	allowed=$(echo "$layer $*" | tr ' ' '|')
	if grep -nE '^#include "' "lib/$layer"/*.[ch] | grep -vE "#include \"($allowed)/[a-z0-9_]+\.(h|def)\""; then
		echo "lib/$layer may include only: $allowed" >&2
		bad=1
	fi
}
check base
check pop3 base
check tls base
check probe base pop3 tls
check net base pop3 tls probe
check report base pop3 tls probe
check config base pop3 tls probe net report

if grep -nE '#include "(net|plugins)/' plugins/*.c prometheus/*.c 2>/dev/null | grep '"plugins/'; then
	echo "front ends never include each other" >&2
	bad=1
fi

# What the core may take from libc: memory, strings, formatting. base/secret.c maps its own pages.
calls='read|write|open|close|socket|connect|send|recv|poll|epoll_wait|select|getenv|time|clock_gettime|gettimeofday|exit|abort|printf|puts|fopen|fwrite|system|fork|execv|nanosleep|sleep|signal|sigaction'
for object in "$build"/lib/base/*.o "$build"/lib/pop3/*.o "$build"/lib/probe/*.o "$build"/lib/report/*.o; do
	if nm -u "$object" | grep -E " U ($calls)(@|$)"; then
		echo "$object: the core does no I/O, reads no clock, prints nothing, never exits" >&2
		bad=1
	fi
done

# No mutable globals: constant tables with addresses in them lie in .data.rel.ro.
for object in "$build"/lib/*/*.o; do
	if size -A "$object" | awk '/^\.(data|bss|tdata|tbss)(\.[^r]|[ \t])/ && $2 > 0 { print; found = 1 } END { exit !found }'; then
		echo "$object: mutable global" >&2
		bad=1
	fi
done
exit $bad
