#!/bin/sh
# Lines and branches the tests reached, by folder. usage: coverage.sh BUILD
set -eu
build=$1
root=$(pwd)
for layer in base pop3 tls probe net report; do
	(cd "$build" && gcov -b -o "lib/$layer" lib/"$layer"/*.gcda 2>/dev/null) |
		awk -v layer="$layer" '
			/^File / { ours = index($0, "lib/" layer "/") > 0 && index($0, ".c") > 0 }
			ours && /^Lines executed:/ { split($2, p, ":"); n = $4; lines += n; hit += n * p[2] / 100 }
			ours && /^Taken at least once:/ { split($5, p, ":"); b = $7; branches += b; taken += b * substr($4, 6) / 100 }
			END { if (lines) printf "lib/%-7s lines %5.1f %% of %d\n", layer, 100 * hit / lines, lines }'
done
find "$root" -maxdepth 1 -name '*.gcov' -delete
find "$build" -maxdepth 1 -name '*.gcov' -delete
