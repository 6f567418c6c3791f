#!/bin/bash
# Proves that the real servers do what README.md says, with nothing of ours:
# bash's /dev/tcp and openssl speak the protocol by hand.
#
#	smoke.sh [DIR]		DIR: where the servers live (build/servers)
#	SMOKE_SKIP_SLOW=1	without [IN-USE], which Dovecot says after 10 s
#	SMOKE_BREAK=1		uses a wrong password throughout: must end with 1
#
# One line a check; exit 0 when all pass, 1 otherwise.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/servers/common.sh
. "$here/common.sh"

dir=$(realpath -m "${1:-$here/../../build/servers}")
passed=0
failed=0
skipped=0

report() { # STATUS NAME
	if (($1 == 0)); then
		((passed += 1))
		echo "ok    $2"
	else
		((failed += 1))
		echo "FAIL  $2"
		printf '      %s\n' "${transcript[@]}"
	fi
}

# --- a session: connect, say, hear -------------------------------------------

transcript=()
in=''
out=''
tls_pid=''
hear() {
	IFS= read -r -t 15 -u "$in" line || { transcript+=("S: (nothing more)"); return 1; }
	line=${line%$'\r'}
	transcript+=("S: $line")
}
say() {
	transcript+=("C: $1")
	printf '%s\r\n' "$1" >&"$out"
}
ask() { say "$1"; hear; }		# one command, one line
good() { [[ $line == +OK* ]]; }
refused() { [[ $line == -ERR* ]]; }
challenge() { [[ $line == '+ '* || $line == + ]]; }

dial() { # HOST PORT [s_client's arguments: over TLS]
	local host=$1 port=$2
	shift 2
	transcript=("$host $port $*")
	hang_up
	if (($#)); then
		[[ $host != *:* ]] || host="[$host]"
		coproc TLS { exec openssl s_client -quiet -verify_quiet -connect "$host:$port" "$@" \
			2>/dev/null; }
		# shellcheck disable=SC2153 # coproc sets it
		tls_pid=$TLS_PID
		exec {in}<&"${TLS[0]}" {out}>&"${TLS[1]}"
		# s_client itself reads the greeting where it sends STLS, but
		# prints the answer to it
		[[ " $* " != *' -starttls '* ]] || { say NOOP; hear && refused; return; }
	else
		{ exec {in}<>"/dev/tcp/$host/$port"; } 2>/dev/null || { in=''; return 1; }
		out=$in
	fi
	hear && good
}

hang_up() {
	[[ -z $in ]] || exec {in}<&-
	[[ -z $out || $out == "$in" ]] || exec {out}>&-
	in=''
	out=''
	if [[ -n $tls_pid ]]; then
		kill "$tls_pid" 2>/dev/null
		wait "$tls_pid" 2>/dev/null
		tls_pid=''
	fi
}

stat_is() { ask STAT && [[ $line == "+OK $1 $2" ]] && ask QUIT && good; }

capabilities() {
	say CAPA
	capa=
	hear && good || return
	while hear && [[ $line != . ]]; do capa+="$line;"; done
	[[ $line == . ]]
}

# --- mechanisms, by hand -----------------------------------------------------

b64() { openssl base64 -A; }
digest() { openssl dgst "-$1" -r | cut -d' ' -f1; }
mac() { openssl dgst "-$1" -mac HMAC -macopt "$2" -r | cut -d' ' -f1; }
unhex() { printf '%b' "$(sed 's/../\\x&/g')"; }

by_user() { ask "USER $1" && good && ask "PASS $2" && good; }
by_plain() { ask "AUTH PLAIN $(printf '%s\0%s\0%s' "${3-}" "$1" "$2" | b64)" && good; }
by_plain_challenge() {
	ask 'AUTH PLAIN' && challenge && ask "$(printf '\0%s\0%s' "$1" "$2" | b64)" && good
}
by_login() {
	ask 'AUTH LOGIN' && challenge && ask "$(printf %s "$1" | b64)" && challenge &&
		ask "$(printf %s "$2" | b64)" && good
}
by_apop() {
	local stamp=${transcript[1]}
	stamp="<${stamp#*<}"
	ask "APOP $1 $(printf %s "${stamp%%>*}>$2" | digest md5)" && good
}
by_cram() { # USER PASSWORD MECHANISM DIGEST
	ask "AUTH $3" && challenge || return
	ask "$(printf '%s %s' "$1" "$(openssl base64 -d -A <<<"${line#+ }" |
		mac "$4" "key:$2")" | b64)" && good
}
by_scram() { # USER PASSWORD SHA-1|SHA-256
	local hash=${3/-/} length=20 first server nonce salt iterations salted key final proof i
	[[ $3 == SHA-1 ]] || length=32
	first="n=$1,r=rOprNGfwEbeRWgbNEkqO"
	ask "AUTH SCRAM-$3 $(printf 'n,,%s' "$first" | b64)" && challenge || return
	server=$(openssl base64 -d -A <<<"${line#+ }")
	IFS=, read -r nonce salt iterations <<<"$server"
	final="c=biws,$nonce"
	salted=$(openssl kdf -keylen $length -kdfopt "digest:$hash" -kdfopt "pass:$2" \
		-kdfopt "hexsalt:$(openssl base64 -d -A <<<"${salt#s=}" | od -An -v -tx1 | tr -d ' \n')" \
		-kdfopt "iter:${iterations#i=}" PBKDF2 | tr -d ':\n')
	key=$(printf 'Client Key' | mac "$hash" "hexkey:$salted")
	server=$(printf '%s' "$first,$server,$final" |
		mac "$hash" "hexkey:$(unhex <<<"$key" | digest "$hash")")
	proof=
	for ((i = 0; i < 2 * length; i += 2)); do
		proof+=$(printf '%02x' $((0x${key:i:2} ^ 0x${server:i:2})))
	done
	ask "$(printf '%s,p=%s' "$final" "$(unhex <<<"$proof" | b64)" | b64)" && challenge &&
		ask '' && good
}
by_xoauth2() {
	ask "AUTH XOAUTH2 $(printf 'user=%s\1auth=Bearer %s\1\1' "$1" "$2" | b64)" && good
}
by_oauthbearer() {
	ask "AUTH OAUTHBEARER $(printf 'n,a=%s,\1auth=Bearer %s\1\1' "$1" "$2" | b64)" && good
}

# --- the checks --------------------------------------------------------------

login() { # SERVER HOW ARGUMENT...: connect in the clear, log in, STAT, QUIT
	local server=$1 how=$2 port=${1}_POP3_PORT count=${1}_MESSAGES octets=${1}_OCTETS
	shift 2
	dial 127.0.0.1 "${!port}" && "by_$how" "$@" && stat_is "${!count}" "${!octets}"
	report $? "$server $how ${3:+$3 }as $1"
}

# The login must be refused, and the connection live on.
no_login() { # SERVER HOW ARGUMENT...
	local server=$1 how=$2 port=${1}_POP3_PORT
	shift 2
	! { dial 127.0.0.1 "${!port}" && "by_$how" "$@"; } &&
		{ ! challenge || ask AQ==; } && refused
	report $? "$server refuses $how: $line"
}

transports() { # SERVER
	local server=$1 plain=${1}_POP3_PORT tls=${1}_POP3S_PORT user=${1}_USER
	local ca=${1}_CA count=${1}_MESSAGES octets=${1}_OCTETS six=${1}_HOST6
	local verify=(-CAfile "${!ca}" -verify_return_error -verify_hostname localhost
		-servername localhost)
	dial 127.0.0.1 "${!tls}" "${verify[@]}" && capabilities && [[ $capa != *STLS* ]] &&
		by_user "${!user}" "$2" && stat_is "${!count}" "${!octets}"
	report $? "$server implicit TLS, USER"
	dial 127.0.0.1 "${!plain}" -starttls pop3 "${verify[@]}" && capabilities &&
		[[ $capa != *STLS* ]] && by_user "${!user}" "$2" && stat_is "${!count}" "${!octets}"
	report $? "$server STLS, USER"
	[[ -n ${!six} ]] || return 0
	dial ::1 "${!plain}" && capabilities && [[ $capa == *STLS* ]] &&
		by_user "${!user}" "$2" && stat_is "${!count}" "${!octets}"
	report $? "$server IPv6, USER"
}

# A certificate's port must bring what openssl calls this error (0: none).
certificate() { # NAME ERROR
	local port=DOVECOT_${1^^}_POP3S_PORT answer
	answer=$(openssl s_client -brief -verify_hostname localhost -servername localhost \
		-CAfile "$DOVECOT_CA" -connect "127.0.0.1:${!port}" </dev/null 2>&1)
	transcript=("$answer")
	if (($2 == 0)); then
		[[ $answer == *'Verification: OK'* ]]
	else
		[[ $answer == *"error:num=$2:"* || $answer == *"Verification error: $3"* ]]
	fi
	report $? "DOVECOT certificate $1: ${3:-verified}"
}

in_use() {
	local first
	dial 127.0.0.1 "$DOVECOT_POP3_PORT" && by_user "$DOVECOT_USER" "$password" || return
	first=$in
	in=''
	out=''
	dial 127.0.0.1 "$DOVECOT_POP3_PORT" && ! by_user "$DOVECOT_USER" "$password"
	local result=$?
	exec {first}<&-
	((result == 0)) && [[ $line == '-ERR [IN-USE]'* ]]
}

dovecot_checks() {
	local user=$DOVECOT_USER how
	password=$DOVECOT_PASSWORD
	[[ -z ${SMOKE_BREAK-} ]] || password=wrong
	transports DOVECOT "$password"
	for how in user plain plain_challenge login apop; do
		login DOVECOT $how "$user" "$password"
	done
	login DOVECOT cram "$user" "$password" CRAM-MD5 md5
	login DOVECOT scram "$user" "$password" SHA-1
	login DOVECOT scram "$user" "$password" SHA-256
	login DOVECOT xoauth2 "$user" "$(<"$DOVECOT_TOKEN_FILE")"
	login DOVECOT oauthbearer "$user" "$(<"$DOVECOT_TOKEN_FILE")"
	login DOVECOT plain "$DOVECOT_MASTER_USER" "$DOVECOT_MASTER_PASSWORD" "$DOVECOT_OTHER_USER"
	login DOVECOT plain "$DOVECOT_ODD_USER" "$DOVECOT_ODD_PASSWORD"
	no_login DOVECOT user "$user" nonsense
	no_login DOVECOT apop "$user" nonsense
	no_login DOVECOT cram "$user" nonsense CRAM-MD5 md5
	no_login DOVECOT scram "$user" nonsense SHA-256
	no_login DOVECOT xoauth2 "$user" "$(<"$DOVECOT_TOKEN_EXPIRED_FILE")"
	no_login DOVECOT oauthbearer "$user" "$(<"$DOVECOT_TOKEN_EXPIRED_FILE")"
	no_login DOVECOT plain "$DOVECOT_BROKEN_USER" "$DOVECOT_BROKEN_PASSWORD"

	dial 127.0.0.1 "$DOVECOT_POP3S_PORT" -cert "$DOVECOT_CERTS/client.pem" \
		-key "$DOVECOT_CERTS/client.key" && ask 'AUTH EXTERNAL =' &&
		stat_is "$DOVECOT_MESSAGES" "$DOVECOT_OCTETS"
	report $? 'DOVECOT external, with a client certificate'
	dial 127.0.0.1 "$DOVECOT_POP3S_PORT" -cert "$DOVECOT_CERTS/client-untrusted.pem" \
		-key "$DOVECOT_CERTS/client-untrusted.key" && ask 'AUTH EXTERNAL =' && refused
	report $? "DOVECOT refuses external with another CA's certificate"

	dial "$DOVECOT_STRICT_HOST" "$DOVECOT_REQUIRED_POP3_PORT" && capabilities &&
		[[ $capa == *'STLS;SASL;' ]] && ! by_user "$user" "$password"
	report $? "DOVECOT required: no login in the clear: $line"
	dial "$DOVECOT_STRICT_HOST" "$DOVECOT_NOCLEARTEXT_POP3_PORT" && capabilities &&
		[[ $capa == *'SASL CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 EXTERNAL;' ]] &&
		by_cram "$user" "$password" CRAM-MD5 md5
	report $? 'DOVECOT nocleartext: digests only'
	dial 127.0.0.1 "$DOVECOT_LEGACY_POP3S_PORT" -tls1 -cipher 'ALL@SECLEVEL=0'
	report $? 'DOVECOT legacy: TLS 1.0'
	! dial 127.0.0.1 "$DOVECOT_POP3S_PORT" -tls1 -cipher 'ALL@SECLEVEL=0'
	report $? 'DOVECOT main refuses TLS 1.0'

	certificate chain 0
	certificate soon 0
	certificate chainexpiring 0
	certificate incomplete 20 'unable to get local issuer certificate'
	certificate untrusted 20 'unable to get local issuer certificate'
	certificate expired 10 'certificate has expired'
	certificate notyet 9 'certificate is not yet valid'
	certificate selfsigned 18 'self-signed certificate'
	certificate wrongname 62 'hostname mismatch'

	if [[ -z ${SMOKE_SKIP_SLOW-} ]]; then
		in_use
		report $? "DOVECOT a second session: $line"
	fi
}

courier_checks() {
	local how
	password=$COURIER_PASSWORD
	[[ -z ${SMOKE_BREAK-} ]] || password=wrong
	transports COURIER "$password"
	for how in user plain plain_challenge login; do
		login COURIER $how "$COURIER_USER" "$password"
	done
	login COURIER cram "$COURIER_USER" "$password" CRAM-MD5 md5
	login COURIER cram "$COURIER_USER" "$password" CRAM-SHA1 sha1
	login COURIER cram "$COURIER_USER" "$password" CRAM-SHA256 sha256
	no_login COURIER apop "$COURIER_USER" "$COURIER_PASSWORD"
	no_login COURIER plain "$COURIER_USER" nonsense
}

finish() {
	hang_up
	"$here/dovecot.sh" stop "$dir/dovecot"
	"$here/courier.sh" stop "$dir/courier"
}

run() { # SERVER
	local state
	"$here/$1.sh" start "$dir/$1" >/dev/null
	state=$?
	if ((state == 77)); then
		((skipped += 1))
		echo "skip  ${1^^}"
		return
	fi
	transcript=()
	report $state "${1^^} starts"
	((state == 0)) || return
	# shellcheck disable=SC1090
	. "$dir/$1/env"
	"$1_checks"
	hang_up
	"$here/$1.sh" stop "$dir/$1"
	report $? "${1^^} stops"
}

mkdir -p "$dir"
trap finish EXIT
trap 'exit 130' INT TERM HUP
run dovecot
run courier
echo "smoke: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
