#!/bin/bash
# A private Courier POP3 server (courier-pop 1.0.16) on loopback for the tests.
#
#	courier.sh start DIR	starts it, writes DIR/env, prints its path
#	courier.sh stop DIR	returns when every process of it is gone
#	courier.sh reset DIR	puts the mailboxes back as they were after start
#
# Everything it writes is under DIR. Start on a running DIR does nothing; stop
# on a stopped one too. Exit: 0 done, 1 failed (the log's tail on stderr), 77
# Courier cannot run here (not root, not unpacked, no namespaces).
#
# CERTS=DIR		make-certs.sh's output (build/certs); made as needed
# COURIER_CERT=NAME	the certificate served (chain)
# PACKAGES_ROOT=DIR	where install-packages.sh unpacked Courier
#
# Courier's packages conflict with dovecot-pop3d, and the paths of its
# configuration, modules and authentication socket are compiled in. So it runs
# from the unpacked packages in a mount and a pid namespace of its own, chrooted
# to DIR/root: nothing of the system is touched, and when the first process of
# the namespace dies the kernel ends all others.
#
# It offers USER/PASS, SASL PLAIN LOGIN CRAM-MD5 CRAM-SHA1 CRAM-SHA256, STLS,
# implicit TLS (couriertls, GnuTLS), TOP, UIDL, UTF8. It has no APOP, SCRAM or
# OAuth, no response codes ([AUTH], [IN-USE]) and no lock: two sessions may have
# one maildrop open. README.md shows its answers.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/servers/common.sh
. "$here/common.sh"

[[ $# -eq 2 && $1 =~ ^(start|stop|reset)$ || $# -eq 4 && $1 == inner ]] || {
	echo "usage: $program start|stop|reset DIR" >&2
	exit 2
}
dir=$(realpath -m "$2")
unpacked=${PACKAGES_ROOT:-/var/cache/pop3probe/root}
cert=${COURIER_CERT:-chain}
mail_uid=65534
mail_gid=65534
tls_uid=65533
user_password=right-horse-7
other_password=battery-staple-8
empty_password=nothing-in-9

fill_mail() {
	mkdir -p "$dir/mail"
	fill_maildir "$dir/mail/user/Maildir"
	fill_maildir "$dir/mail/other/Maildir"
	empty_maildir "$dir/mail/empty/Maildir"
	chown -R $mail_uid:$mail_gid "$dir/mail"
}

# A program of the unpacked packages, run outside of the chroot.
unpacked_run() { # PATH ARGUMENT...
	local path=$unpacked/$1
	shift
	LD_LIBRARY_PATH=$unpacked/usr/lib:$unpacked/usr/lib/courier-authlib "$path" "$@"
}

hmac() { # ALGORITHM PASSWORD: the hashed key Courier keeps for CRAM
	printf '%s\n%s\n' "$2" "$2" | unpacked_run usr/sbin/userdbpw "-hmac-$1"
}

# userdb and userdbshadow, as makeuserdb would write them (without its perl).
write_users() {
	local name password etc=$dir/root/etc/courier
	local makedat=usr/lib/courier/courier-authlib/makedatprog
	while read -r name password; do
		printf '%s@example.test\tuid=%s|gid=%s|home=/mail/%s|_=\n' \
			"$name" $mail_uid $mail_gid "$name" >&3
		printf '%s@example.test\tpop3pw=%s|hmac-md5pw=%s|hmac-sha1pw=%s|hmac-sha256pw=%s\n' \
			"$name" "$(openssl passwd -6 "$password")" "$(hmac md5 "$password")" \
			"$(hmac sha1 "$password")" "$(hmac sha256 "$password")" >&4
	done 3>"$dir/userdb" 4>"$dir/userdbshadow" <<-END
		user $user_password
		other $other_password
		empty $empty_password
	END
	for name in userdb userdbshadow; do
		{ cat "$dir/$name"; echo .; } |
			unpacked_run $makedat - "$etc/$name.tmp" "$etc/$name.dat" || return
	done
	chmod 0600 "$dir/userdbshadow" "$etc/userdbshadow.dat"
}

# The tree Courier sees as /: a few files of its own, the rest mounted.
write_root() {
	local root=$dir/root lib
	rm -rf "$root"
	mkdir -p "$root"/{dev,mail,tmp,usr/{bin,sbin,lib64},etc/courier,run/courier/authdaemon} \
		"$root"/usr/lib/{courier,courier-authlib,"$triplet"}
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root/"
	mkdir "$root/var"
	ln -s ../run "$root/var/run"
	for lib in "$unpacked"/usr/lib/libcourierauth*; do cp -a "$lib" "$root/usr/lib/"; done
	# After STLS couriertls runs as "courier", a name that is compiled in too.
	cat >"$root/etc/passwd" <<-END
		root:x:0:0::/:/bin/false
		courier:x:$tls_uid:$tls_uid::/:/bin/false
		nobody:x:$mail_uid:$mail_gid::/:/bin/false
	END
	printf 'root:x:0:\ncourier:x:%s:\nnogroup:x:%s:\n' $tls_uid $mail_gid >"$root/etc/group"
	cat >"$root/etc/courier/authdaemonrc" <<-END
		authmodulelist="authuserdb"
		authmodulelistorig="authuserdb"
		daemons=3
		authdaemonvar=/run/courier/authdaemon
		DEBUG_LOGIN=0
	END
	cp "$CERTS/ca.pem" "$root/etc/courier/ca.pem"
	# couriertls wants key and certificates in one file
	(umask 077; cat "$CERTS/$cert.key" "$CERTS/$cert.pem" >"$root/etc/courier/server.pem")
	chown $tls_uid "$root/etc/courier/server.pem"
	chmod 0755 "$root" "$root/etc" "$root/etc/courier" "$root/mail"
}

# Runs as the first process of the namespaces. Ends when any daemon does.
inner() { # PORT TLS-PORT
	local root=$dir/root address='' tls_address='' host
	mount --bind /dev "$root/dev" &&
		mount --bind "$dir/mail" "$root/mail" &&
		mount --bind "/usr/lib/$triplet" "$root/usr/lib/$triplet" &&
		mount --bind "$unpacked/usr/lib/courier" "$root/usr/lib/courier" &&
		mount --bind "$unpacked/usr/lib/courier-authlib" "$root/usr/lib/courier-authlib" &&
		mount --bind "$unpacked/usr/bin" "$root/usr/bin" &&
		mount --bind "$unpacked/usr/sbin" "$root/usr/sbin" || exit 1
	if [[ -d /usr/lib64 ]]; then mount --bind /usr/lib64 "$root/usr/lib64" || exit 1; fi

	for host in 127.0.0.1 $host6; do
		address+=,$host.$1
		tls_address+=,$host.$2
	done
	set -a
	# shellcheck disable=SC1091,SC2034 # all of these are for Courier, by the environment
	{
		. "$root/etc/courier/authdaemonrc"
		POP3AUTH='PLAIN LOGIN CRAM-MD5 CRAM-SHA1 CRAM-SHA256'
		POP3AUTH_TLS=$POP3AUTH
		COURIERTLS=/usr/bin/couriertls
		TLS_CERTFILE=/etc/courier/server.pem
		TLS_TRUSTCERTS=/etc/courier/ca.pem
		TLS_VERIFYPEER=NONE
		POP3_TLS_REQUIRED=0
		PATH=/usr/bin:/usr/sbin
	}
	set +a
	local chroot=/usr/sbin/chroot limits=(-maxprocs=60 -maxperip=60 -nodnslookup -noidentlookup)
	local login=(/usr/lib/courier/courier/courierpop3login /usr/lib/courier/courier/courierpop3d Maildir)
	$chroot "$root" /usr/lib/courier/courier-authlib/authdaemond &
	POP3_STARTTLS=YES $chroot "$root" /usr/sbin/couriertcpd -address=127.0.0.1 \
		"${limits[@]}" "${address#,}" "${login[@]}" &
	POP3_STARTTLS=NO POP3_TLS=1 $chroot "$root" /usr/sbin/couriertcpd -address=127.0.0.1 \
		"${limits[@]}" "${tls_address#,}" /usr/bin/couriertls -server -tcpd "${login[@]}" &
	# Orphans of connections are this process's children too: wait for the three.
	wait -n %1 %2 %3
	exit 1
}

up() { # PORT TLS-PORT
	[[ -S $dir/root/run/courier/authdaemon/socket ]] &&
		greets 127.0.0.1 "$1" && accepts 127.0.0.1 "$2"
}

up_or_dead() { # PID PORT TLS-PORT
	! alive "$1" || up "$2" "$3"
}

write_env() { # PORT TLS-PORT
	local n octets=0 sizes='' size
	for ((n = 1; n <= message_count; n++)); do
		size=$(message_octets $n)
		sizes+=" $size"
		((octets += size))
	done
	cat >"$dir/env.new" <<-END
		COURIER_DIR=$dir
		COURIER_HOST=127.0.0.1
		COURIER_HOST6=$host6
		COURIER_CERTS=$CERTS
		COURIER_CA=$CERTS/ca.pem
		COURIER_POP3_PORT=$1
		COURIER_POP3S_PORT=$2
		COURIER_USER=user@example.test
		COURIER_PASSWORD=$user_password
		COURIER_OTHER_USER=other@example.test
		COURIER_OTHER_PASSWORD=$other_password
		COURIER_EMPTY_USER=empty@example.test
		COURIER_EMPTY_PASSWORD=$empty_password
		COURIER_MESSAGES=$message_count
		COURIER_OCTETS=$octets
		COURIER_SIZES='${sizes# }'
	END
	mv "$dir/env.new" "$dir/env"
}

running() {
	[[ -s $dir/env ]] && session_lives "$dir/session"
}

# The leader of the session waits for the namespace's first process, which is
# killed with it, and the kernel then ends every other process in there.
stop() {
	end_sessions KILL "$dir/session" || return
	rm -rf "$dir/env" "$dir/root"
}

launch() { # PORT TLS-PORT
	(
		close_inherited
		umask 022
		export CERTS COURIER_CERT=$cert PACKAGES_ROOT=$unpacked
		exec setsid unshare --mount --propagation private --pid --fork --kill-child \
			"$BASH" "$here/courier.sh" inner "$dir" "$1" "$2"
	) </dev/null >>"$dir/log" 2>&1 &
	record_session "$dir/session" $! && wait_until 100 up_or_dead $! "$1" "$2"
	alive $! && up "$1" "$2"
}

start() {
	local tries=5
	! running || { echo "$dir/env"; return; }
	[[ $EUID -eq 0 ]] || skip "only root can give Courier namespaces and chroot"
	[[ -x $unpacked/usr/sbin/couriertcpd ]] ||
		skip "Courier is not unpacked in $unpacked (install-packages.sh test)"
	unshare --mount --pid --fork true 2>/dev/null ||
		skip "this machine allows no mount namespaces (a container without SYS_ADMIN)"
	stop || die "processes of an earlier start in $dir do not go away"
	take_certs "$dir"
	fill_mail
	while ((tries-- > 0)); do
		write_root
		write_users || die "cannot write the user database"
		free_ports 2
		: >"$dir/log"
		if launch "${ports[@]}"; then
			write_env "${ports[@]}"
			echo "$dir/env"
			return
		fi
		stop
		grep -q 'ddress already in use' "$dir/log" || break
	done
	tail -n 20 "$dir/log" >&2
	die "Courier did not start"
}

lock() {
	exec {lock_fd}>"$dir/.lock"
	flock -w 60 "$lock_fd" || die "$dir is in use by another start or stop"
}

host6=
! has_ipv6_loopback || host6=::1
triplet=$(cd /usr/lib && echo ./*-linux-gnu*/libc.so.6)
triplet=${triplet#./}
triplet=${triplet%%/*}

case $1 in
inner)	# start calls this inside the namespaces
	inner "$3" "$4"
	;;
start)
	mkdir -p "$dir"
	lock
	trap 'stop; exit 130' INT TERM HUP
	start
	;;
stop)
	[[ -d $dir ]] || exit 0
	lock
	stop || die "a process of $dir does not go away"
	;;
reset)
	[[ -s $dir/env ]] || die "nothing runs in $dir"
	fill_mail
	;;
esac
