#!/bin/bash
# Real clients against the test server: curl with every mechanism, openssl, bash's /dev/tcp.
# usage: selftest.sh BUILD-DIR [CERTS-DIR]; exit 1 where anything differs.
set -u
build=${1:-build}
certs=${2:-$build/certs}
work=$(mktemp -d)
pids=()
failed=0
passed=0
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT

start() { # NAME ARGUMENTS...: sets PLAIN_PORT, TLS_PORT, REFUSED_PORT, FULL_PORT
	local name=$1
	shift
	"$build/tests/popd" --certs "$certs" --port-file "$work/$name.ports" \
		--record "$work/$name.record" "$@" &
	pid=$!
	pids+=("$pid")
	for _ in $(seq 200); do
		[ -e "$work/$name.ports" ] && break
		sleep 0.01
	done
	# shellcheck source=/dev/null
	. "$work/$name.ports"
}

is() { # WHAT EXPECTED-REGEX TEXT
	if [[ $3 =~ $2 ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL %s: wanted %q in\n%s\n' "$1" "$2" "$3"
	fi
}

talk() { # PORT LINES...: each line is sent as it is; prints the whole answer
	local port=$1
	shift
	exec 9<>"/dev/tcp/127.0.0.1/$port"
	printf '%b' "$@" >&9
	timeout 5 cat <&9 | tr -d '\r'
	exec 9>&-
}

pop() { # OPTIONS...: curl on the plain port
	curl -sS --max-time 5 "$@" "pop3://127.0.0.1:$PLAIN_PORT/" 2>&1 | tr -d '\r'
}

stop() { # the record is complete once the server has ended
	kill "$pid"
	wait "$pid"
	is "exit of $1" '^0$' "$?"
}

hex() { od -An -v -tx1 | tr -d ' \n'; }
unhex() { printf "$(sed 's/../\\x&/g')"; }
hmac() { # DIGEST HEX-KEY: of standard input, in hex
	openssl dgst "-$1" -mac HMAC -macopt "hexkey:$2" -binary | hex
}

# SCRAM by hand with openssl's tools (curl has it only where built with gsasl).
scram() { # PORT DIGEST MECHANISM USER PASSWORD: prints the server's last reply, or why not
	local line first salted client stored signature proof='' auth i key
	exec 9<>"/dev/tcp/127.0.0.1/$1"
	read -r line <&9
	printf 'AUTH %s %s\r\n' "$3" "$(printf 'n,,n=%s,r=clientnonce' "$4" | base64 -w0)" >&9
	read -r line <&9
	first=$(printf '%s' "${line:2}" | tr -d '\r' | base64 -d)
	auth="n=$4,r=clientnonce,$first,c=biws,${first%%,*}"
	salted=$(openssl kdf -keylen "$([ "$2" = sha1 ] && echo 20 || echo 32)" \
		-kdfopt "digest:$2" -kdfopt "pass:$5" -kdfopt 'salt:popd fixed salt' \
		-kdfopt iter:4096 PBKDF2 | tr -d ':\n')
	client=$(printf 'Client Key' | hmac "$2" "$salted")
	stored=$(printf '%s' "$client" | unhex | openssl dgst "-$2" -binary | hex)
	signature=$(printf '%s' "$auth" | hmac "$2" "$stored")
	for ((i = 0; i < ${#client}; i += 2)); do
		proof+=$(printf '%02x' $((0x${client:i:2} ^ 0x${signature:i:2})))
	done
	printf '%s\r\n' "$(printf 'c=biws,%s,p=%s' "${first%%,*}" \
		"$(printf '%s' "$proof" | unhex | base64 -w0)" | base64 -w0)" >&9
	read -r line <&9
	if [[ $line == '+ '* ]]; then
		key=$(printf 'Server Key' | hmac "$2" "$salted")
		[ "$(printf '%s' "${line:2}" | tr -d '\r' | base64 -d)" = "v=$(printf '%s' "$auth" |
			hmac "$2" "$key" | unhex | base64 -w0)" ] || echo 'wrong signature'
		printf '\r\n' >&9
		read -r line <&9
	fi
	exec 9>&-
	printf '%s' "$line"
}

ca=$certs/ca.pem
token=ya29.token-of-alice-5F

start ordinary
for mech in PLAIN LOGIN CRAM-MD5 +APOP '*'; do
	option=(--login-options "AUTH=$mech")
	is "curl $mech" '^1 [0-9]+' "$(pop "${option[@]}" -u alice:wonderland-7Q)"
	is "curl $mech, wrong" 'curl: \(67\)' "$(pop "${option[@]}" -u alice:wrong)"
done
is 'curl PLAIN, initial response' '^1 [0-9]+' \
	"$(pop --sasl-ir --login-options AUTH=PLAIN -u alice:wonderland-7Q)"
is 'curl, administrator' '^1 [0-9]+' \
	"$(pop --sasl-authzid bob --login-options AUTH=PLAIN -u admin:overlord-9Z-secret)"
is 'curl, not an administrator' 'curl: \(67\)' \
	"$(pop --sasl-authzid bob --login-options AUTH=PLAIN -u alice:wonderland-7Q)"
for mech in XOAUTH2 OAUTHBEARER; do
	for ir in --sasl-ir --no-sasl-ir; do
		is "curl $mech $ir" '^1 [0-9]+' "$(pop $ir --login-options "AUTH=$mech" \
			--oauth2-bearer $token -u alice)"
		is "curl $mech $ir, wrong" 'curl: \(67\)' "$(pop $ir --login-options "AUTH=$mech" \
			--oauth2-bearer wrong -u alice)"
	done
done
for digest in sha1:SCRAM-SHA-1 sha256:SCRAM-SHA-256; do
	is "${digest#*:}" '^\+OK Logged in' \
		"$(scram "$PLAIN_PORT" "${digest%:*}" "${digest#*:}" alice wonderland-7Q)"
	is "${digest#*:}, wrong" '^-ERR \[AUTH\]' \
		"$(scram "$PLAIN_PORT" "${digest%:*}" "${digest#*:}" alice wrong)"
done
is 'curl STLS' '^1 [0-9]+' "$(pop --ssl-reqd --cacert "$ca" -u alice:wonderland-7Q \
	--connect-to "::127.0.0.1:$PLAIN_PORT" 2>&1)"
is 'curl pop3s' '^1 [0-9]+' "$(curl -sS --cacert "$ca" -u alice:wonderland-7Q \
	--resolve "localhost:$TLS_PORT:127.0.0.1" "pop3s://localhost:$TLS_PORT/" 2>&1)"
is 'curl RETR, dots unstuffed' $'\n\\.\n\\.\\.\n\\.one dot' "$(curl -sS \
	-u alice:wonderland-7Q "pop3://127.0.0.1:$PLAIN_PORT/2" | tr -d '\r')"
is 'refused port' 'curl: \(7\)' "$(PLAIN_PORT=$REFUSED_PORT pop)"
is 'full backlog' 'curl: \(28\)' "$(PLAIN_PORT=$FULL_PORT pop --connect-timeout 1)"

is 'STLS by openssl' 'Verify return code: 0.*\+OK' "$( (echo CAPA; sleep 0.3; echo QUIT) |
	openssl s_client -connect "127.0.0.1:$PLAIN_PORT" -starttls pop3 -CAfile "$ca" \
		-servername localhost -crlf -ign_eof 2>&1 | tr '\n' ' ')"
answer=$( (sleep 0.2; printf 'CAPA\r\nQUIT\r\n') | openssl s_client -quiet \
	-connect "127.0.0.1:$TLS_PORT" -CAfile "$ca" 2>/dev/null | tr -d '\r')
is 'greeting in TLS' '^\+OK popd ready <' "$answer"
is 'no STLS in TLS' '^[^S]*S[^T]' "${answer//*STLS*/STLS}"

login='USER alice\r\nPASS wonderland-7Q\r\n'
is 'dele, rset, list' $'1 [0-9]+\n2 [0-9]+\n3 [0-9]+\n\\.\n\\+OK\n.*\\+OK 3 ' \
	"$(talk "$PLAIN_PORT" "$login" 'DELE 1\r\nRSET\r\nLIST\r\nNOOP\r\nSTAT\r\nQUIT\r\n')"
is 'top' $'only headers|dots\n\n\\.\\.\n\\.\n' \
	"$(talk "$PLAIN_PORT" "$login" 'TOP 2 1\r\nQUIT\r\n')"
exec 8<>"/dev/tcp/127.0.0.1/$PLAIN_PORT"
printf "${login}DELE 1\r\n" >&8
sed -n 4q <&8
is 'in use' '\[IN-USE\]' "$(talk "$PLAIN_PORT" "$login" 'QUIT\r\n')"
exec 8>&-
sleep 0.1
is 'dropped: nothing deleted' '\+OK 3 ' "$(talk "$PLAIN_PORT" "$login" 'STAT\r\nQUIT\r\n')"
is 'committed at QUIT' 'messages deleted' \
	"$(talk "$PLAIN_PORT" "$login" 'DELE 1\r\nQUIT\r\n')"
is 'renumbered, same unique id' '1 000000025b98f419' \
	"$(talk "$PLAIN_PORT" "$login" 'UIDL 1\r\nQUIT\r\n')"
stop ordinary
record=$(<"$work/ordinary.record")
is 'recorded in clear' $'C\\(plain\\): PASS wonderland-7Q\n' "$record"
is 'recorded in TLS' $'C\\(tls\\): CAPA\nC\\(tls\\): QUIT\n' "$record"
is 'server name' 'sni: localhost' "$record"
is 'end by QUIT' 'end: quit' "$record"

start broken --line 'on STLS send "+OK\r\n+OK injected\r\n" starttls' \
	--line 'on NOOP send "+O" delay 50 send "K\x00\xff\r\n"' \
	--line 'on STAT reset' --line 'on LIST drip 5 "+OK slow\r\n"' --line 'on CAPA close' \
	--line 'on USER#2 send "-ERR second\r\n"' --line 'limit 200 close'
is 'exact octets' '2b 4f 4b 00 ff 0d 0a' \
	"$(talk "$PLAIN_PORT" 'NOOP\r\nQUIT\r\n' | tail -n +2 | od -An -tx1 | sed 's/0a/0d 0a/')"
exec 9<>"/dev/tcp/127.0.0.1/$PLAIN_PORT"
printf 'STLS\r\n' >&9
sleep 0.1
printf 'no TLS\r\n' >&9
is 'injection' $'\\+OK\n\\+OK injected' "$(timeout 5 cat <&9 | tr -d '\r\0')"
exec 9>&-
is 'drip' $'\\+OK slow\n' "$(talk "$PLAIN_PORT" 'LIST\r\nQUIT\r\n')"
is 'nth' $'\\+OK\n-ERR second\n' "$(talk "$PLAIN_PORT" 'USER a\r\nUSER b\r\nQUIT\r\n')"
is 'limit' '^ *200$' "$(exec 9<>"/dev/tcp/127.0.0.1/$PLAIN_PORT"
	printf '%sRSET\r\n' "$(printf 'RSET\r\n%.0s' {1..30})" | dd bs=64k iflag=fullblock 2>/dev/null >&9
	timeout 5 cat <&9 | wc -c)"
stop broken
is 'reset recorded' 'end: server' "$(<"$work/broken.record")"

is 'errors name file and line' "$work/bad:2: unknown action" "$(
	printf 'stls no\non STAT frobnicate\n' >"$work/bad"
	"$build/tests/popd" --port-file "$work/x" --scenario "$work/bad" 2>&1)"

echo "popd self-test: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
