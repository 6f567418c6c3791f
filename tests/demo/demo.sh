#!/bin/bash
# What `make demo` shows: a POP3 server of our own on loopback, check_pop3 against it in every
# mode, and then the server alone, to try things by hand, until Ctrl-C.
#
#	demo.sh			after `make` and `make build/tests/popd`
#	DEMO_SECONDS=n		end by itself n seconds after the checks
#	B=DIR			the build folder (build)
#
# Exit: 0 when every check gave the state that is due, 1 when one did not or the server could not
# be started; 130 or 143 when interrupted before the checks were over.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

b=${B:-build}
d=$b/demo
seconds=${DEMO_SECONDS-}
user=alice
password=wonderland-7Q
# The ports that are taken when they are free, so that a command of yesterday works today.
plain=11110
tls=11995

servers=()
checks=0
wrong=0
ready=

[[ $seconds =~ ^[0-9]*$ ]] || {
	echo "demo: DEMO_SECONDS is not a number of seconds: $seconds" >&2
	exit 1
}

# --- how it looks ------------------------------------------------------------------------------

bold='' dim='' green='' yellow='' red='' violet='' plain_text='' width=96
if [[ -t 1 && ${TERM:-dumb} != dumb && -z ${NO_COLOR-} ]]; then
	bold=$'\e[1m' dim=$'\e[2m' plain_text=$'\e[0m'
	green=$'\e[32m' yellow=$'\e[33m' red=$'\e[31m' violet=$'\e[35m'
	columns=$(tput cols 2>/dev/null) || columns=80
	width=$((columns < 80 ? 80 : columns > 100 ? 100 : columns))
fi

title() {
	printf '\n%s== %s %s%s\n' "$bold" "$1" "$(printf '%*s' $((width - ${#1} - 4)) '' | tr ' ' '=')" \
		"$plain_text"
}

# A command, broken so that it can be pasted from any terminal.
command_line() {
	local line prompt='$ '
	while IFS= read -r line; do
		fold -s -w $((width - 6)) <<<"$line" |
			sed "\$!s/ *\$/ \\\\/; 1s/^/$prompt/; 1!s/^/    /"
		prompt=
	done <<<"$1"
}

say() { printf '%s\n' "$*" | fold -s -w "$width" | sed 's/ *$//'; }

# Folded and indented; performance data in full when asked for, else its first value.
show() { # FULL-PERFDATA
	local line perf
	while IFS= read -r line; do
		if [[ $line == *'|'*=* ]]; then
			perf=${line#*|}
			[[ -n $1 || $perf != *' '* ]] || perf="${perf%% *} ..."
			line="${line%%|*}|$perf"
		fi
		printf '%s\n' "$line" | fold -s -w $((width - 4)) | sed 's/ *$//; s/^/    /'
	done
}

# --- the server --------------------------------------------------------------------------------

stop() {
	local pid
	for pid in "${servers[@]}"; do
		kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	servers=()
}

finish() { # EXIT-CODE-BEFORE-THE-END
	trap '' INT TERM HUP
	stop
	if [[ -n $ready ]]; then
		printf '\nThe server is stopped.\n'
		exit $((wrong > 0))
	fi
	printf '\nInterrupted; the server is stopped.\n'
	exit "$1"
}
trap stop EXIT
trap 'finish 130' INT
trap 'finish 143' TERM HUP

# Waits for what is not there, for so long.
pause() { read -r -t "$1" <>"$d/never"; }

# serve NAME OPTION... starts a server; its ports are in $d/NAME.ports.
serve() {
	local name=$1 pid
	shift
	rm -f "$d/$name.ports"
	"$b/tests/popd" --port-file "$d/$name.ports" --certs "$b/certs" "$@" 2>"$d/$name.log" &
	pid=$!
	until [[ -s $d/$name.ports ]]; do
		kill -0 "$pid" 2>/dev/null || return 1
		pause 0.02
	done
	servers+=("$pid")
}

port() { sed -n "s/^$2_PORT=//p" "$d/$1.ports"; }

# --- the checks --------------------------------------------------------------------------------

colour() {
	case $1 in
	0) printf '%s' "$green" ;;
	1) printf '%s' "$yellow" ;;
	2) printf '%s' "$red" ;;
	*) printf '%s' "$violet" ;;
	esac
}

# check STATE COMMAND [full]: runs it, shows it, holds its exit code against the state.
check() {
	local states=(OK WARNING CRITICAL UNKNOWN) output code word
	checks=$((checks + 1))
	printf '\n%s' "$bold"
	command_line "$2"
	printf '%s' "$plain_text"
	output=$(
		set -o pipefail
		eval "$2" 2>&1
	)
	code=$?
	word=${states[code]-"exit code $code"}
	colour "$code"
	show "${3-}" <<<"$output"
	if [[ $word == "$1" ]]; then
		printf '%s  %s-> exit code %d, %s, as it should be%s\n' "$plain_text" "$dim" "$code" \
			"$word" "$plain_text"
	else
		printf '%s  -> exit code %d, but %s was due%s\n' "$plain_text$red$bold" "$code" "$1" \
			"$plain_text"
		wrong=$((wrong + 1))
	fi
}

start() {
	local file extra='cert expired for expired.wild.example.test'
	for file in "$b/check_pop3" "$b/tests/popd"; do
		[[ -x $file ]] || {
			echo "demo: $file is not there; make demo builds it" >&2
			exit 1
		}
	done
	tests/certs/make-certs.sh "$b/certs" || exit 1
	mkdir -p "$d"
	rm -f "$d/never"
	mkfifo "$d/never"
	(umask 077 && printf '%s\n' "$password" >"$d/password")
	ln -sfn ../check_pop3 "$d/check_pop"
	extra+=$'\ncert soon for soon.wild.example.test'
	printf '%s\n' "$extra" >"$d/server.scenario"
	printf '%s\nplain-port %d\ntls-port %d\n' "$extra" "$plain" "$tls" >"$d/fixed.scenario"
	printf 'on STLS send "+OK\\r\\n+OK injected\\r\\n" starttls\n' >"$d/attack.scenario"
	serve server --scenario "$d/fixed.scenario" || serve server --scenario "$d/server.scenario" ||
		{
			echo "demo: the server does not start:" >&2
			cat "$d/server.log" >&2
			exit 1
		}
	serve attack --scenario "$d/attack.scenario" || exit 1
	plain=$(port server PLAIN)
	tls=$(port server TLS)
}

run_checks() {
	local p="$b/check_pop3 -H localhost" ca="--tls-ca $b/certs/ca.pem"
	local login="-U $user --pass-file $d/password" mechanism

	title 'Clear text'
	say 'The greeting, and everything that was measured behind the | for the graphs (shortened' \
		'from here on):'
	check OK "$p -p $plain -w 1 -c 5" full
	say
	say "Under the old name it is Debian's check_pop, line for line:"
	check OK "$d/check_pop -H localhost -p $plain -w 1 -c 5"

	title 'TLS: STLS on the clear-text port, and implicit TLS'
	say 'The certificate is verified: chain, name, dates. -D 30,14: a warning 30 days before it' \
		'expires, critical at 14.'
	check OK "$p -p $plain --stls -D 30,14 $ca"
	check OK "$p -p $tls -S -D 30,14 $ca"
	say
	say 'Nagios gives an address; --sni is the name to send and to verify:'
	check OK "$b/check_pop3 -H 127.0.0.1 -p $tls --sni pop.example.test $ca"

	title 'Login and maildrop'
	say 'The strongest mechanism that is offered, in each of the three modes:'
	check OK "$p -p $plain $login"
	check OK "$p -p $plain --stls $ca $login"
	check OK "$p -p $tls -S $ca $login"
	say
	say 'One that is named:'
	for mechanism in scram-sha-1 cram-md5 apop; do
		check OK "$p -p $plain $login --auth $mechanism"
	done
	for mechanism in plain login; do
		check OK "$p -p $plain --stls $ca $login --auth $mechanism"
	done
	check OK "$p -p $tls -S $ca $login --auth user"
	say
	say 'Every one, one after the other:'
	check OK "$p -p $tls -S $ca $login --auth each"

	title 'What goes wrong says where and why: [phase/reason]'
	check CRITICAL "$p -p $plain --stls $ca -U $user -P wrong-password"
	say
	say 'Sometimes a refusal is what must be:'
	check OK "$p -p $plain --stls $ca -U $user -P wrong-password --auth-expect reject"
	say
	say 'A password is not sent over clear text unless it is permitted:'
	check UNKNOWN "$p -p $plain $login --auth plain"
	check OK "$p -p $plain $login --auth plain --allow-plaintext"
	say
	say 'Certificates: expired, ending soon, for another name:'
	check CRITICAL "$p -p $tls -S --sni expired.wild.example.test $ca"
	check WARNING "$p -p $tls -S --sni soon.wild.example.test -D 30,7 $ca"
	check CRITICAL "$p -p $tls -S --sni mail.example.net $ca"
	say
	say 'The wrong mode, nobody there, and somebody in the middle who injects a reply:'
	check CRITICAL "$p -p $plain -S $ca"
	check CRITICAL "$p -p $(port server REFUSED)"
	check CRITICAL "$p -p $(port attack PLAIN) --stls $ca"

	title 'For machines and for the curious'
	say 'JSON (also: prometheus, junit, tap, mp-test-json, multi-line), here a part of it:'
	check OK "$p -p $tls -S $ca $login --output-format json |
    grep -oE '\"(target|phases|auth|maildrop)\":\{[^}]*\}'"
	say
	say 'The whole dialogue, without secrets:'
	check OK "$p -p $plain --stls $ca $login -vv"
}

# --- the exporter ------------------------------------------------------------------------------

# get PATH: what the exporter answers there, without its headers.
get() {
	exec 9<>"/dev/tcp/127.0.0.1/$web" || return 1
	printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&9
	sed '1,/^\r$/d' <&9
	exec 9>&-
}

# The module file is written here, as an operator would: one account, bound to this host.
start_exporter() {
	local tries=0 port

	cat >"$d/pop3.yml" <<-END
		auths:
		  $user: {username: $user, password_file: $PWD/$d/password, targets: [localhost]}
		modules:
		  mail:
		    prober: pop3
		    timeout: 5s
		    pop3: {tls: implicit, tls_config: {ca_file: $PWD/$b/certs/ca.pem}, auth: $user, stat: true}
	END
	for port in 9995 19995 29995 39995; do
		web=$port
		"$b/pop3_exporter" --config.file "$d/pop3.yml" --web.listen-address "127.0.0.1:$web" \
			2>"$d/exporter.log" &
		servers+=("$!")
		tries=0
		while kill -0 "${servers[-1]}" 2>/dev/null && ((tries++ < 250)); do
			get /-/ready >/dev/null 2>&1 && return 0
			pause 0.02
		done
		unset 'servers[-1]'
	done
	cat "$d/exporter.log" >&2
	return 1
}

show_scrape() {
	local url="/probe?target=localhost:$tls&module=mail"

	title 'The Prometheus exporter'
	say "build/pop3_exporter --config.file $d/pop3.yml --web.listen-address 127.0.0.1:$web"
	say "What Prometheus gets from http://127.0.0.1:$web$url (a part of it):"
	printf '\n'
	get "$url" >"$d/scrape"
	grep -E '^probe_(success|duration_seconds|pop3_(duration_seconds|maildrop)|ssl_earliest|tls_version)' \
		"$d/scrape" | sed 's/^/    /'
	grep -qx 'probe_success 1' "$d/scrape" || { wrong=$((wrong + 1)); say 'probe_success is not 1'; }
}

start
run_checks
start_exporter || { echo 'demo: the exporter did not start' >&2; exit 1; }
show_scrape
kill -TERM "${servers[1]}" && wait "${servers[1]}"
unset 'servers[1]'

title 'Result'
if ((wrong)); then
	say "${red}$wrong of $checks checks did not give the state that is due.${plain_text}"
else
	say "${green}All $checks checks gave the state that is due.${plain_text}"
fi
cat <<END

The server goes on, for you to try:

    clear text, STLS   localhost port $plain
    implicit TLS       localhost port $tls
    user, password     $user, $password (in $d/password)
    CA                 $b/certs/ca.pem
    mailbox            3 messages
    exporter's page    http://127.0.0.1:$web/

    $b/check_pop3 -H localhost -p $tls -S --tls-ca $b/certs/ca.pem \\
        -U $user --pass-file $d/password -v
    $b/check_pop3 -h
END
ready=yes
if [[ -n $seconds ]]; then
	printf '\nIt stops by itself in %d s (DEMO_SECONDS), or with Ctrl-C.\n' "$seconds"
	((seconds == 0)) || pause "$seconds"
else
	printf '\nCtrl-C stops it.\n'
	wait "${servers[0]}"
	echo "demo: the server ended by itself:" >&2
	cat "$d/server.log" >&2
	exit 1
fi
finish 0
