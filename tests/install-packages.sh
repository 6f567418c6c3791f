#!/bin/sh
# Installs what is missing of the Debian packages listed in tests/packages.
#
#	install-packages.sh SECTION...		install; nothing happens when all is there
#	install-packages.sh --check SECTION...	name what is missing, exit 1 if anything is
#	install-packages.sh --list SECTION...	print the names
#
# Asks dpkg first, so that a complete machine needs neither root nor network.
# Services that packages bring are kept from starting. Exit: 0 all there,
# 1 something is missing (--check) or could not be installed, 2 usage.
#
# PACKAGES_ROOT: where packages marked "unpack" go (/var/cache/pop3probe/root).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
list=$here/packages
root=${PACKAGES_ROOT:-/var/cache/pop3probe/root}
policy=/usr/sbin/policy-rc.d
our_policy=
scratch=

say() { printf 'install-packages: %s\n' "$*"; }
die() { printf 'install-packages: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '4,6s/^#//p' "$0" >&2; exit 2; }

# lines of the given section: "name" or "name unpack"
section() {
	awk -v want="[$1]" '
		{ sub(/#.*/, "") }
		NF == 0 { next }
		/^\[/ { on = ($1 == want); seen = seen || on; next }
		on { print $1, $2 }
		END { exit seen ? 0 : 3 }' "$list"
}

installed() {
	dpkg-query -W -f='${Status}\n' "$1" 2>/dev/null | grep -q ' installed$'
}

# A package is unpacked when its own file list is there: written last, by mv.
unpacked() { [ -f "$root/.unpacked/$1" ]; }

cleanup() {
	[ -z "$our_policy" ] || rm -f "$policy"
	[ -z "$scratch" ] || rm -rf "$scratch"
}

forbid_services() {
	[ -e "$policy" ] && return
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	our_policy=yes
	chmod 0755 "$policy"
}

# Other package runs on the machine may hold dpkg's lock for a while.
apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
		-o Acquire::Retries=3 "$@"
}

install_missing() {
	forbid_services
	# shellcheck disable=SC2086 # names, split on purpose
	apt install --no-install-recommends -o Dpkg::Options::=--force-confold $1 ||
		die "apt-get install failed for:$1"
}

unpack_missing() {
	mkdir -p "$root/.unpacked"
	scratch=$(mktemp -d "$root/.unpacked/new.XXXXXX")
	# apt drops to its own user to download
	if id _apt >/dev/null 2>&1; then chown _apt "$scratch"; fi
	# shellcheck disable=SC2086
	(cd "$scratch" && apt download $1) || die "cannot download:$1"
	for package in $1; do
		dpkg-deb -x "$scratch/$package"_*.deb "$root" || die "cannot unpack $package"
		dpkg-deb -f "$scratch/$package"_*.deb Package Version >"$scratch/stamp"
		mv "$scratch/stamp" "$root/.unpacked/$package"
	done
	rm -rf "$scratch"
	scratch=
}

mode=install
case ${1-} in
--check) mode=check; shift ;;
--list) mode=list; shift ;;
-*) usage ;;
esac
[ $# -gt 0 ] || usage

wanted=
for name in "$@"; do
	lines=$(section "$name") || die "no section [$name] in $list"
	wanted="$wanted$lines
"
done

to_install=
to_unpack=
while read -r package how; do
	[ -n "$package" ] || continue
	case $mode,$how in
	list,*) echo "$package${how:+ $how}" ;;
	*,) installed "$package" || to_install="$to_install $package" ;;
	*,unpack) unpacked "$package" || to_unpack="$to_unpack $package" ;;
	*) die "$list: $package: \"$how\" is not understood" ;;
	esac
done <<END
$wanted
END
[ "$mode" != list ] || exit 0
[ -n "$to_install$to_unpack" ] || exit 0
if [ "$mode" = check ]; then
	say "missing:$to_install$to_unpack"
	exit 1
fi

say "missing:$to_install$to_unpack"
command -v apt-get >/dev/null 2>&1 ||
	die "there is no apt-get here; install by other means what is named above"
[ "$(id -u)" = 0 ] || die "only root can install; run: sudo $0 $*"
trap cleanup EXIT
trap 'exit 130' HUP INT TERM
apt update || die "apt-get update failed: is a Debian mirror reachable from here?"
[ -z "$to_install" ] || install_missing "$to_install"
[ -z "$to_unpack" ] || unpack_missing "$to_unpack"
say "done"
