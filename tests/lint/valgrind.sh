#!/bin/sh
# check_pop3 under valgrind: success, login, refusal, timeout, TLS failure. No error, no leak, no
# descriptor left open. usage: valgrind.sh BUILD
set -eu
build=$1
work=$build/valgrind
mkdir -p "$work"
rm -f "$work"/*

"$build/tests/popd" --certs "$build/certs" --port-file "$work/ports" --user alice:wonderland-7Q &
popd=$!
"$build/tests/popd" --certs "$build/certs" --port-file "$work/expired" --line 'cert expired' &
popd2=$!
trap 'kill $popd $popd2 2>/dev/null || true' EXIT INT TERM
tries=0
while [ ! -s "$work/ports" ] || [ ! -s "$work/expired" ]; do
	tries=$((tries + 1))
	[ $tries -lt 200 ] || { echo "popd did not start" >&2; exit 1; }
	kill -0 $popd && kill -0 $popd2
	sleep 0.05
done
value() { sed -n "s/^$2=//p" "$1"; }
plain=$(value "$work/ports" PLAIN_PORT)
tls=$(value "$work/ports" TLS_PORT)
refused=$(value "$work/ports" REFUSED_PORT)
full=$(value "$work/ports" FULL_PORT)
expired=$(value "$work/expired" TLS_PORT)
ca=$build/certs/ca.pem
failed=0

# run WANTED-EXIT ARGUMENTS...
run() {
	want=$1
	shift
	got=0
	valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
		--track-fds=yes --error-exitcode=99 --log-file="$work/log" \
		"$build/check_pop3" "$@" >"$work/out" 2>&1 || got=$?
	# A descriptor that was there before we came is none of ours.
	if [ "$got" -ne "$want" ] || grep -E 'definitely|indirectly|possibly|Invalid|ninitialised' "$work/log" ||
		awk '/Open file descriptor/ { fd = $0; getline; if ($0 !~ /inherited from parent/) { print fd; n++ } }
			END { exit n == 0 }' "$work/log"; then
		echo "FAIL ($got, wanted $want): check_pop3 $*"
		cat "$work/out" "$work/log"
		failed=1
	else
		echo "ok $(head -n 1 "$work/out" | cut -c1-110)"
	fi
}

run 0 -H 127.0.0.1 -p "$plain"
run 0 -H localhost -p "$plain" --stls --tls-ca "$ca"
run 0 -H 127.0.0.1 -p "$tls" -S --tls-ca "$ca" -U alice -P wonderland-7Q
run 0 -H 127.0.0.1 -p "$tls" -S --tls-ca "$ca" -U alice -P wonderland-7Q --output-format json -vvv
run 2 -H 127.0.0.1 -p "$tls" -S --tls-ca "$ca" -U alice -P wrong-password
run 3 -H 127.0.0.1 -p "$plain" -U alice -P wonderland-7Q --auth plain
run 2 -H 127.0.0.1 -p "$refused"
run 2 -H 127.0.0.1 -p "$full" -t 1
run 2 -H nosuch.invalid -t 2
run 2 -H 127.0.0.1 -p "$expired" -S --tls-ca "$ca"
run 2 -H 127.0.0.1 -p "$plain" -S --tls-ca "$ca"
run 3 -H 127.0.0.1 -p "$plain" -w junk
exit $failed
