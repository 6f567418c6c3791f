# Bash completion for check_pop3 and the names it is called by. The options are those of
# options.def; a test compares the two.

_check_pop3()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words=""

	if [[ $prev == "=" ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $cur == "=" ]]; then
		cur=""
	fi
	case $prev in
	--pass-file | --tls-ca | --tls-crl | --tls-cert | --tls-key)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	-H | --hostname | -N | --sni)
		mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
		return
		;;
	--pass-env) words=$(compgen -e) ;;
	--auth)
		words="auto each user apop plain login cram-md5 scram-sha-1 scram-sha-256 xoauth2
			oauthbearer external"
		;;
	--auth-expect) words="accept reject" ;;
	--tls-verify) words="yes no" ;;
	--tls-min | --tls-max) words="1.0 1.1 1.2 1.3" ;;
	-r | --refuse | -M | --mismatch) words="ok warn crit" ;;
	--fail-on) words="warning critical unknown" ;;
	--output-format) words="classic multi-line mp-test-json json prometheus tap junit" ;;
	*)
		words="-h -V -v -H -p -4 -6 -t -E -s -e -A -q -r -M -j -m -d -S -D -N -U -P -w
			-c -W -C --help --version --verbose --extra-opts --hostname --port
			--use-ipv4 --use-ipv6 --timeout --wait --protocol --escape --send
			--expect --all --quit --refuse --mismatch --jail --maxbytes --delay
			--stls --ssl --certificate --sni --tls-verify --tls-ca --tls-crl
			--tls-min --tls-max --tls-cert --tls-key --tls-pin --tls-fingerprint
			--user --pass-file --pass-env --pass-command --pass --auth --authz
			--auth-expect --auth-two-line --allow-plaintext --capa --capa-forbid --warning
			--critical --limit --state --fail-on --warning-codes --critical-codes
			--output-format --report"
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _check_pop3 check_pop3 check_pop3s check_spop3 check_pop check_spop
