#!/bin/bash
# Makes a private PKI for the tests with the openssl program.
#
#	make-certs.sh OUTDIR
#
# NAME.pem holds what a server serves (leaf, then intermediates), NAME.key its
# key (0600). Dates are relative to now, so the set is made anew after 30
# minutes ("minutes" counts 27); OUTDIR/stamp tells. Until then a further run
# does nothing. The set is made beside OUTDIR and moved in file by file, so a
# reader never sees half of one. The two roots stay the same from set to set, so
# that what was started with an older one still verifies. CERTS_MAX_AGE (seconds) sets another age,
# "CERTS_MAX_AGE=0" forces a new set.
#
#	ca		the root everything good leads to (ca.pem, cadir/ hashed)
#	intermediate	below ca; .pem is the certificate alone
#	good		for localhost pop.example.test *.wild.example.test 127.0.0.1 ::1
#	chain		the same names, through the intermediate, served with it
#	incomplete	through the intermediate, served without it
#	expired		ended yesterday
#	notyet		starts tomorrow
#	soon hours minutes	end in 10 days, 4 hours, 27 minutes
#	wrongname	for mail.other.test
#	selfsigned	good names, its own issuer
#	untrusted	good names, from other-ca, which is not in ca.pem
#	nocn		subject without CN, name only as subjectAltName
#	cnonly		CN=localhost, no subjectAltName
#	weak		RSA key of 1024 bits
#	sha1		signed with SHA-1
#	rsa		RSA key of 2048 bits
#	chainexpiring	leaf for 398 days, through short-intermediate, which ends in 12
#	revoked		good, but on ca's list; crl.pem holds that list
#	client		a client's, CN=user@example.test; client-untrusted: from other-ca
set -euo pipefail
umask 077

[ $# -eq 1 ] || { echo "usage: ${0##*/} OUTDIR" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
max_age=${CERTS_MAX_AGE:-1800}
names='DNS:localhost,DNS:pop.example.test,DNS:*.wild.example.test,IP:127.0.0.1,IP:::1'
self=$(readlink -f "$0")

fresh() {
	[ -s "$out/stamp" ] && [ ! "$self" -nt "$out/stamp" ] || return
	local made
	read -r made <"$out/stamp"
	(($(date +%s) - made < max_age))
}

# Two makes at once wait for each other and find the work done.
exec 9>"$out/.lock"
flock -w 60 9 || { echo "make-certs: $out is locked by another run" >&2; exit 1; }
! fresh || exit 0

work=$(mktemp -d "$out/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
export OPENSSL_CONF=$work/ca.cnf
# Never the same twice, as the roots outlive a set.
serial=$(($(date +%s) * 64))

# openssl ca is the one command of 3.0 that takes both dates.
cat >ca.cnf <<END
[req]
distinguished_name = dn
prompt = no
[dn]
[ca]
default_ca = any
[any]
new_certs_dir = .
policy = any_policy
default_md = sha256
unique_subject = no
copy_extensions = none
default_crl_days = 30
crlnumber = crlnumber
[any_policy]
commonName = optional
organizationName = optional
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END

run() {
	"$@" 2>log || { cat log >&2; echo "make-certs: failed: $*" >&2; exit 1; }
}

stamp() { date -u -d "$1" +%Y%m%d%H%M%SZ; }

key() { # NAME [BITS]
	if [ $# -eq 2 ]; then
		run openssl genrsa -out "$1.key" "$2"
	else
		run openssl ecparam -genkey -noout -name prime256v1 -out "$1.key"
	fi
}

# Signs NAME.key's request. ISSUER "self" signs with its own key. Leaves the
# certificate alone in NAME.crt.
sign() { # NAME ISSUER SUBJECT SECTION START END [DIGEST]
	local name=$1 issuer=$2 subject=$3 section=$4 digest=${7:-sha256}
	local by=(-cert "$issuer.crt" -keyfile "$issuer.key")
	[ "$issuer" != self ] || by=(-selfsign -keyfile "$name.key")
	[ -e "$issuer.db" ] || : >"$issuer.db"
	serial=$((serial + 1))
	printf '%X\n' $serial >serial
	run openssl req -new -key "$name.key" -subj "$subject" -out req
	[ -e "$section.ext" ] || : >"$section.ext"
	run openssl ca -batch -notext -config <(cat ca.cnf "$section.ext" &&
		printf '[any]\ndatabase = %s.db\nserial = serial\n' "$issuer") \
		"${by[@]}" -md "$digest" -extensions "$section" -in req -out "$name.crt" \
		-startdate "$(stamp "$5")" -enddate "$(stamp "$6")"
	rm -f -- "$(printf '%X' $serial).pem"
}

authority() { # NAME ISSUER SUBJECT SECTION END
	key "$1"
	sign "$1" "$2" "$3" "$4" '1 day ago' "$5"
	cp "$1.crt" "$1.pem"
}

# Writes the extension section "server" with the given names.
server_names() { # SAN or empty
	{
		sed -n '/^\[leaf\]/,$p' ca.cnf | sed '1s/.*/[server]/'
		echo 'extendedKeyUsage = serverAuth'
		[ -z "$1" ] || echo "subjectAltName = $1"
	} >server.ext
}

server() { # NAME ISSUER END [SUBJECT] [BITS] [DIGEST] [START]
	local name=$1 issuer=$2 bits=${5-}
	key "$name" ${bits:+"$bits"}
	sign "$name" "$issuer" "${4:-/CN=localhost}" server "${7:-1 day ago}" "$3" "${6:-sha256}"
	case $issuer in
	*intermediate) cat "$name.crt" "$issuer.crt" >"$name.pem" ;;
	*) cp "$name.crt" "$name.pem" ;;
	esac
}

root() { # NAME SUBJECT
	if openssl x509 -checkend 86400 -noout -in "$out/$1.pem" >/dev/null 2>&1 &&
		[ -s "$out/$1.key" ] && [ ! "$self" -nt "$out/$1.pem" ]; then
		cp "$out/$1.key" "$out/$1.pem" .
		cp "$1.pem" "$1.crt"
		: >"$1.db"
	else
		authority "$1" self "$2" root '3650 days'
	fi
}

root ca '/O=pop3probe tests/CN=pop3probe test root'
root other-ca '/O=pop3probe tests/CN=another root'
authority intermediate ca '/O=pop3probe tests/CN=pop3probe test intermediate' \
	intermediate '1825 days'
authority short-intermediate ca '/O=pop3probe tests/CN=pop3probe short intermediate' \
	intermediate '12 days 1 hour'

server_names "$names"
server good ca '398 days'
server chain intermediate '398 days'
server incomplete intermediate '398 days'
cp incomplete.crt incomplete.pem
server expired ca '1 day ago' '' '' '' '31 days ago'
server notyet ca '398 days' '' '' '' '1 day'
server soon ca '10 days 1 hour'
server hours ca '4 hours 1 minute'
server selfsigned self '398 days'
server untrusted other-ca '398 days'
server weak ca '398 days' '' 1024
server sha1 ca '398 days' '' '' sha1
server rsa ca '398 days' '' 2048
server chainexpiring short-intermediate '398 days'
server revoked ca '398 days'
server minutes ca '27 minutes 30 seconds'
server_names 'DNS:localhost,IP:127.0.0.1'
server nocn ca '398 days' '/O=pop3probe tests'
server_names 'DNS:mail.other.test'
server wrongname ca '398 days' '/CN=mail.other.test'
server_names ''
server cnonly ca '398 days'

{
	sed -n '/^\[leaf\]/,$p' ca.cnf | sed '1s/.*/[client]/'
	echo 'extendedKeyUsage = clientAuth'
} >client.ext
for name in client client-untrusted; do
	key $name
	issuer=ca
	[ $name = client ] || issuer=other-ca
	sign $name $issuer '/CN=user@example.test' client '1 day ago' '398 days'
	cp $name.crt $name.pem
done

echo 01 >crlnumber
{ cat ca.cnf && printf '[any]\ndatabase = ca.db\n'; } >crl.cnf
run openssl ca -config crl.cnf -cert ca.crt -keyfile ca.key -revoke revoked.crt \
	-crl_reason keyCompromise
run openssl ca -config crl.cnf -cert ca.crt -keyfile ca.key -gencrl -out crl.pem

mkdir cadir
cp ca.pem cadir/
run openssl rehash cadir

# Certificates and folders are public; the keys stay 0600 by the umask.
chmod 0644 ./*.pem cadir/*.pem
chmod 0755 cadir
rm -f "$out/stamp"
mkdir -p "$out/cadir"
chmod 0755 "$out" "$out/cadir"
mv -f ./*.pem ./*.key "$out/"
find "$out/cadir" -type l -delete
cp -a cadir/. "$out/cadir/"
date +%s >stamp
mv stamp "$out/"
