# shellcheck shell=bash
# What dovecot.sh, courier.sh and smoke.sh share. To be sourced.

program=${0##*/}
die() { echo "$program: $*" >&2; exit 1; }

# Exit status for "cannot run on this machine", as automake's and Check's
# users know it.
skip() { echo "$program: SKIP: $*" >&2; exit 77; }

has_ipv6_loopback() {
	grep -q '^00000000000000000000000000000001 .* lo$' /proc/net/if_inet6 2>/dev/null
}

# Daemons must not keep the caller's descriptors open: a pipe would never end.
close_inherited() {
	local fd
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		((fd <= 2)) || eval "exec $fd>&-"
	done 2>/dev/null
}

# take_certs DIR: a copy of a fresh set in DIR/certs, whose path is then $CERTS.
# The original may be renewed while the servers run.
take_certs() {
	local source
	source=$(realpath -m "${CERTS:-$here/../../build/certs}")
	"$here/../certs/make-certs.sh" "$source" || die "no certificates in $source"
	rm -rf "$1/certs"
	flock -w 60 "$source/.lock" cp -a "$source" "$1/certs" || die "cannot copy $source"
	CERTS=$1/certs
}

# free_ports N: N ports that nobody uses now, in $ports. From below the range
# the kernel takes client ports from (32768), so that no passing connection
# sits on one. Whoever binds may still lose a race: it then asks again.
free_ports() {
	local used port
	used=$(awk 'FNR > 1 { sub(/.*:/, "", $2); print $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
	used=" ${used//$'\n'/ } "
	ports=()
	while ((${#ports[@]} < $1)); do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		[[ $used != *" $(printf '%04X' $port) "* ]] || continue
		used+="$(printf '%04X' $port) "
		ports+=("$port")
	done
}

# wait_until TENTHS COMMAND...: polls 20 times a second, at most TENTHS/10 s.
wait_until() {
	local tries=$(($1 * 2))
	shift
	until "$@"; do
		((tries-- > 0)) || return 1
		sleep 0.05
	done
}

# Connects, and reads the greeting of a POP3 port that speaks first.
greets() { # HOST PORT
	local line
	# shellcheck disable=SC2016 # the inner shell expands
	line=$(timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1" && IFS= read -r line <&3 && echo "$line"' \
		"$1" "$2" 2>/dev/null) && [[ $line == +OK* ]]
}

accepts() { # HOST PORT
	(exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

# The processes of these sessions, by session id: a daemon's children keep it
# though their parents die.
session_members() { # SID...
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v sids="$*" '
		BEGIN { n = split(sids, list, " "); for (i = 1; i <= n; i++) ours[list[i]] = 1 }
		{ pid = $1; sub(/.*\) /, "") }		# the name may hold blanks
		$4 in ours && $1 != "Z" { print pid }'
}

sessions_empty() { [[ -z $(session_members "$@") ]]; }

# The start time of a process (clock ticks since boot): with the pid it names
# one process for good, so that a reused pid is never signalled.
start_time() { # PID
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	[[ $# -ge 20 ]] && echo "${20}"
}

# Not gone, and not a zombie that nobody has waited for.
alive() { # PID
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null && [[ ${stat##*) } != Z* ]]
}

# Whether the leader recorded in FILE lives.
session_lives() { # FILE
	local pid=0 started=''
	[[ -s $1 ]] && read -r pid started <"$1" && alive "$pid" &&
		[[ $(start_time "$pid") == "$started" ]]
}

# record_session FILE PID: FILE holds "pid starttime" of a session's leader.
record_session() {
	local started
	started=$(start_time "$2") || return
	echo "$2 $started" >"$1"
}

# end_sessions SIGNAL FILE...: signals the leaders, returns when nothing of
# their sessions runs.
end_sessions() {
	local file pid started now signal=$1 sids=() members
	shift
	for file; do
		[[ -s $file ]] || continue
		pid=0
		read -r pid started <"$file"
		now=$(start_time "$pid")
		# A pid stays taken while its session has members: where the leader
		# is gone and no stranger has its number, those left are ours.
		[[ $pid -gt 1 && ($now == "$started" || ! -e /proc/$pid) ]] || continue
		[[ -z $now ]] || kill "-$signal" "$pid" 2>/dev/null
		sids+=("$pid")
	done
	if ((${#sids[@]})) && ! wait_until 30 sessions_empty "${sids[@]}"; then
		members=$(session_members "${sids[@]}")
		# shellcheck disable=SC2086
		[[ -z $members ]] || kill -KILL $members 2>/dev/null
		wait_until 50 sessions_empty "${sids[@]}" || return 1
	fi
	rm -f "$@"
}

# message N: one of the five messages each full mailbox holds, with LF.
message_count=5
message() {
	local i
	printf 'From: Sender %d <sender@example.test>\nTo: user@example.test\n' "$1"
	printf 'Date: Mon, 0%d Jun 2026 08:00:00 +0000\nMessage-ID: <%d@example.test>\n' "$1" "$1"
	case $1 in
	1)	printf 'Subject: a plain one\n\nHello.\n' ;;
	2)	printf 'Subject: dots\n\n.\n..\n...\n.leading dot\nin. the middle.\n.\nend\n' ;;
	3)	printf 'Subject: octets above 127\nMIME-Version: 1.0\n'
		printf 'Content-Type: text/plain; charset=iso-8859-1\n'
		printf 'Content-Transfer-Encoding: 8bit\n\nGr\374\337e, caf\351, \200\377\n' ;;
	4)	printf 'Subject: a long one\n\n'
		for ((i = 1; i <= 4000; i++)); do
			printf 'Line %04d of a message that takes more than one read.\n' $i
		done ;;
	5)	printf 'Subject: a line longer than RFC 5322 allows\n\n%01500d\n' 0 ;;
	esac
}

# message_octets N: its size on the wire, each line ended by CRLF, before
# dot-stuffing: what STAT and LIST must say.
message_octets() {
	message "$1" | LC_ALL=C awk '{ n += length($0) + 2 } END { print n }'
}

# fill_maildir DIR: makes DIR anew with the messages.
fill_maildir() {
	local n
	rm -rf "$1"
	mkdir -p "$1/cur" "$1/new" "$1/tmp"
	for ((n = 1; n <= message_count; n++)); do
		message $n >"$1/new/178038000$n.M${n}P1.pop3probe"
	done
}

empty_maildir() {
	rm -rf "$1"
	mkdir -p "$1/cur" "$1/new" "$1/tmp"
}
