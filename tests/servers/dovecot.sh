#!/bin/bash
# Private Dovecot servers on loopback for the tests.
#
#	dovecot.sh start DIR	starts them, writes DIR/env, prints its path
#	dovecot.sh stop DIR	returns when every process of theirs is gone
#	dovecot.sh reset DIR	puts the mailboxes back as they were after start
#
# Everything they write is under DIR. Start on a running DIR does nothing; stop
# on a stopped one too. Exit: 0 done, 1 failed (the reason and the tail of the
# log on stderr), 77 Dovecot cannot run here.
#
# CERTS=DIR	make-certs.sh's output (build/certs); made or renewed as needed
# DOVECOT_INSTANCES="main required expired ..." which instances to start
#
# Dovecot has one certificate and one ssl setting for each local address, none
# for a port, so each certificate gets an instance of its own. They share the
# users and the mail. README.md lists ports, users and what each one offers.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/servers/common.sh
. "$here/common.sh"

all_instances='main required nocleartext legacy chain incomplete expired notyet soon wrongname
	selfsigned untrusted chainexpiring'

[[ $# -eq 2 && $1 =~ ^(start|stop|reset)$ ]] || {
	echo "usage: $program start|stop|reset DIR" >&2
	exit 2
}
dir=$(realpath -m "$2")

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# A JSON Web Token for USER, valid from one time to another, signed with
# HS256. The key is for nothing but these tests; that ps shows it is no harm.
jwt() { # USER NOT-BEFORE EXPIRES
	local head body
	head=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
	body=$(printf '{"sub":"%s","email":"%s","scope":"mail","iat":%d,"nbf":%d,"exp":%d}' \
		"$1" "$1" "$2" "$2" "$3" | base64url)
	printf '%s.%s.%s' "$head" "$body" \
		"$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -hmac "$jwt_key" -binary | base64url)"
}

write_users() {
	local odd
	# {PLAIN.b64} lets a password hold a colon
	odd=$(printf '%s' "$odd_password" | openssl base64 -A)
	cat >"$dir/users" <<-END
		user@example.test:{PLAIN}$user_password:$ids::$dir/mail/user::
		other@example.test:{PLAIN}$other_password:$ids::$dir/mail/other::
		empty@example.test:{PLAIN}$empty_password:$ids::$dir/mail/empty::
		odd@example.test:{PLAIN.b64}$odd:$ids::$dir/mail/odd::
		broken@example.test:{PLAIN}$broken_password:$ids::/proc/no/such/home::
	END
	echo "$master_user:{PLAIN}$master_password::::::" >"$dir/masters"
	cat >"$dir/oauth2.conf" <<-END
		introspection_mode = local
		local_validation_key_dict = fs:posix:prefix=$dir/keys/
		username_attribute = sub
	END
	mkdir -p "$dir/keys/default/HS256"
	printf '%s' "$jwt_key" | openssl base64 -A >"$dir/keys/default/HS256/default"
	chmod -R a+rX "$dir/keys"
	chmod 0644 "$dir/users" "$dir/masters" "$dir/oauth2.conf"
	local now
	now=$(date +%s)
	jwt user@example.test $((now - 60)) $((now + 86400)) >"$dir/token"
	jwt user@example.test $((now - 7200)) $((now - 3600)) >"$dir/token-expired"
	jwt other@example.test $((now - 60)) $((now + 86400)) >"$dir/token-other"
	chmod 0600 "$dir"/token*
}

fill_mail() {
	mkdir -p "$dir/mail"
	for name in user other odd; do fill_maildir "$dir/mail/$name/Maildir"; done
	empty_maildir "$dir/mail/empty/Maildir"
	chown -R "$mail_user:$mail_group" "$dir/mail"
}

listener() { printf '  inet_listener %s {\n    port = %s\n    %s\n  }\n' "$1" "$2" "${3-}"; }

# write_config NAME PLAIN-PORT TLS-PORT [PROXY-PORT PROXY-TLS-PORT]
write_config() {
	local name=$1 cert=$1 ssl=yes more=''
	local home=$dir/$name listen=$listen
	case $name in
	# A client counts as secure where its address is the server's. The kernel
	# calls 127.0.0.2 from 127.0.0.1, so there clear text is refused.
	main)	cert=good
		more=$(cat <<-END
			local_name mail.other.test {
			  ssl_cert = <$CERTS/wrongname.pem
			  ssl_key = <$CERTS/wrongname.key
			}
			haproxy_trusted_networks = 127.0.0.0/8 ::1
		END
		) ;;
	required) cert=good ssl=required listen=127.0.0.2 more='disable_plaintext_auth = yes' ;;
	nocleartext) cert=good listen=127.0.0.2 more='disable_plaintext_auth = yes' ;;
	legacy)	cert=rsa more='ssl_min_protocol = TLSv1
ssl_cipher_list = ALL:@SECLEVEL=0' ;;
	esac
	mkdir -p "$home"
	{
		cat <<-END
			base_dir = $home/run
			state_dir = $home/state
			instance_name = $name
			log_path = $home/log
			protocols = pop3
			listen = $listen
			login_greeting = Dovecot $name ready.
			default_client_limit = 200
			default_process_limit = 60
			default_vsz_limit = 0
			mail_max_userip_connections = 0
			shutdown_clients = yes

			ssl = $ssl
			ssl_cert = <$CERTS/$cert.pem
			ssl_key = <$CERTS/$cert.key
			ssl_ca = <$CERTS/ca.pem
			ssl_require_crl = no
			ssl_verify_client_cert = yes
			auth_ssl_username_from_cert = yes

			disable_plaintext_auth = no
			auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 apop xoauth2 oauthbearer external
			auth_failure_delay = 0
			auth_verbose = yes
			passdb {
			  driver = passwd-file
			  args = username_format=%u $dir/masters
			  master = yes
			  result_success = continue
			  mechanisms = plain login
			}
			passdb {
			  driver = oauth2
			  mechanisms = xoauth2 oauthbearer
			  args = $dir/oauth2.conf
			}
			passdb {
			  driver = static
			  mechanisms = external
			  args = nopassword=yes
			}
			passdb {
			  driver = passwd-file
			  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 apop
			  args = username_format=%u $dir/users
			}
			userdb {
			  driver = passwd-file
			  args = username_format=%u $dir/users
			}

			mail_location = maildir:~/Maildir
			pop3_lock_session = yes

			# no growing delay after failures
			service anvil {
			  unix_listener anvil-auth-penalty {
			    mode = 0
			  }
			}
			# one login process for all connections
			service pop3-login {
			  service_count = 0
		END
		listener pop3 "$2"
		listener pop3s "$3" 'ssl = yes'
		if (($# == 5)); then
			listener pop3-proxy "$4" 'haproxy = yes'
			listener pop3s-proxy "$5" 'ssl = yes
    haproxy = yes'
		fi
		printf '}\n%s\n' "$more"
	} >"$home/dovecot.conf"
}

# Dovecot writes master.pid once it listens: only then is who answers on the
# port known to be this one.
up_or_dead() { # PID PORT HOME
	local host=127.0.0.1
	[[ $3 != */required && $3 != */nocleartext ]] || host=127.0.0.2
	! alive "$1" || { [[ -s $3/run/master.pid ]] && greets $host "$2"; }
}

# Starts one instance on ports nobody has; another process may take one of
# them between the look and the bind, then others are tried.
start_instance() { # NAME
	local name=$1 tries=5 prefix=DOVECOT_${1^^}_
	local home=$dir/$name
	[[ $name != main ]] || prefix=DOVECOT_
	while ((tries-- > 0)); do
		free_ports 4
		if [[ $name == main ]]; then
			write_config "$name" "${ports[@]}"
		else
			write_config "$name" "${ports[@]:0:2}"
		fi
		# a session of its own, so that stop finds every process of it
		(close_inherited; umask 022; exec setsid dovecot -F -c "$home/dovecot.conf") \
			</dev/null >"$home/output" 2>&1 &
		record_session "$home/session" $! && wait_until 100 up_or_dead $! "${ports[0]}" "$home"
		alive $! || {
			# the log says why, and what it says of a lost race is this
			grep -q 'Address already in use' "$home/output" "$home/log" 2>/dev/null && continue
			return 1
		}
		echo "${prefix}POP3_PORT=${ports[0]}" >"$home/ports"
		echo "${prefix}POP3S_PORT=${ports[1]}" >>"$home/ports"
		[[ $name != main ]] || printf 'DOVECOT_POP3_PROXY_PORT=%s\nDOVECOT_POP3S_PROXY_PORT=%s\n' \
			"${ports[2]}" "${ports[3]}" >>"$home/ports"
		up_or_dead $! "${ports[0]}" "$home"
		return
	done
	return 1
}

write_env() { # INSTANCE...
	local n octets=0 sizes='' size name
	for ((n = 1; n <= message_count; n++)); do
		size=$(message_octets $n)
		sizes+=" $size"
		((octets += size))
	done
	{
		echo "DOVECOT_DIR=$dir"
		echo "DOVECOT_HOST=127.0.0.1"
		echo "DOVECOT_HOST6=$host6"
		echo "DOVECOT_STRICT_HOST=127.0.0.2"
		echo "DOVECOT_CERTS=$CERTS"
		echo "DOVECOT_CA=$CERTS/ca.pem"
		for name in "$@"; do cat "$dir/$name/ports"; done
		echo "DOVECOT_USER=user@example.test"
		echo "DOVECOT_PASSWORD=$user_password"
		echo "DOVECOT_OTHER_USER=other@example.test"
		echo "DOVECOT_OTHER_PASSWORD=$other_password"
		echo "DOVECOT_EMPTY_USER=empty@example.test"
		echo "DOVECOT_EMPTY_PASSWORD=$empty_password"
		echo "DOVECOT_ODD_USER=odd@example.test"
		echo "DOVECOT_ODD_PASSWORD='$odd_password'"
		echo "DOVECOT_BROKEN_USER=broken@example.test"
		echo "DOVECOT_BROKEN_PASSWORD=$broken_password"
		echo "DOVECOT_MASTER_USER=$master_user"
		echo "DOVECOT_MASTER_PASSWORD=$master_password"
		echo "DOVECOT_TOKEN_FILE=$dir/token"
		echo "DOVECOT_TOKEN_EXPIRED_FILE=$dir/token-expired"
		echo "DOVECOT_TOKEN_OTHER_FILE=$dir/token-other"
		echo "DOVECOT_MESSAGES=$message_count"
		echo "DOVECOT_OCTETS=$octets"
		echo "DOVECOT_SIZES='${sizes# }'"
	} >"$dir/env.new"
	mv "$dir/env.new" "$dir/env"
}

running() {
	local session any=''
	for session in "$dir"/*/session; do
		[[ -s $session ]] || continue
		any=yes
		session_lives "$session" || return
	done
	[[ -n $any && -s $dir/env ]]
}

stop() {
	end_sessions TERM "$dir"/*/session || return
	rm -f "$dir/env"
}

complain() { # NAME
	echo "$program: instance $1 did not start" >&2
	cat "$dir/$1/output" >&2
	tail -n 20 "$dir/$1/log" >&2
}

start() {
	local name pids=() names=() i failed=0
	! running || { echo "$dir/env"; return; }
	command -v dovecot >/dev/null || skip "Dovecot is not installed (tests/packages, [test])"
	[[ $EUID -eq 0 ]] || skip "only root can start Dovecot with its own users"
	((${#dir} <= 70)) || die "$dir is too long a name: socket paths below it would not fit"
	stop || die "processes of an earlier start in $dir do not go away"
	take_certs "$dir"
	chmod 0755 "$dir"
	setpriv --reuid="$mail_user" --regid="$mail_group" --clear-groups test -x "$dir/." ||
		die "user $mail_user, who reads the mail, cannot reach $dir: a folder above it is closed (mktemp -d makes 0700)"
	write_users
	fill_mail
	read -ra names <<<"${DOVECOT_INSTANCES:-${all_instances//[$'\n\t']/ }}"
	for name in "${names[@]}"; do
		rm -rf "${dir:?}/$name"
		mkdir -p "$dir/$name"
		start_instance "$name" &
		pids+=($!)
	done
	for i in "${!pids[@]}"; do
		wait "${pids[i]}" || { complain "${names[i]}"; failed=1; }
	done
	((!failed)) || { stop; exit 1; }
	write_env "${names[@]}"
	echo "$dir/env"
}

mail_user=nobody
mail_group=nogroup
ids=$(id -u $mail_user):$(id -g $mail_user)
user_password=right-horse-7
other_password=battery-staple-8
empty_password=nothing-in-9
# shellcheck disable=SC2016 # nothing is to be expanded
odd_password='p: ss"w\o%r{d}$ ü'
broken_password=no-home-10
master_user=admin@example.test
master_password=may-act-as-any
jwt_key=a-secret-of-the-tests-alone
listen=127.0.0.1
host6=
if has_ipv6_loopback; then
	listen='127.0.0.1, ::1'
	host6=::1
fi

# Two commands on one DIR wait for each other.
lock() {
	exec {lock_fd}>"$dir/.lock"
	flock -w 60 "$lock_fd" || die "$dir is in use by another start or stop"
}

case $1 in
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
