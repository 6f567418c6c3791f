# Turns rows into cases for run-cases: what Nagios or Icinga would run is worked out from the files
# in nagios-configs/, so that the very command lines users get are run.
#
#	awk -f expand.awk CONFIG... ROWS
#
# CONFIG	files ending in .cfg (Nagios) or .conf (Icinga 2), ROWS a case file whose lines
#		run: @nagios COMMAND!ARG1!ARG2...	as check_command in a service
#		run: @icinga COMMAND VARIABLE=VALUE...	custom variables; an array as [a;b], %20 a blank
#	are replaced. Ends with 1 and a word on it when a command is not known, an argument of Icinga's
#	file is not understood, or a command has no row.

function fail(text) {
	print FILENAME ":" FNR ": " text >"/dev/stderr"
	failed = 1
	exit 1
}

# The commands of Icinga's template library that ours are made from, as version 2.13 has them (-E with
# a value is no slip of ours).
function library(object,   words, n, i, pair) {
	n = split("-H=address -p=port -E=escape -s=send -e=expect -q=quit -r=refuse -M=mismatch " \
		"-m=maxbytes -d=delay -D=certificate_age -w=warning -c=critical -t=timeout -A=all " \
		"-j=jail -S=ssl -4=ipv4 -6=ipv6", words, " ")
	for (i = 1; i <= n; i++) {
		split(words[i], pair, "=")
		arguments[object, i] = pair[1]
		variable[object, pair[1]] = object "_" pair[2]
		kind[object, pair[1]] = index("-A-j-S-4-6", pair[1]) ? "set_if" : "value"
		repeated[object, pair[1]] = 1
	}
	count[object] = n
	defaults[object, object "_address"] = "$check_address$"
}

BEGIN {
	library("pop")
	library("spop")
}

# The text between the first and the last double quote, its escapes undone.
function quoted(text) {
	if (!match(text, /".*"/))
		fail("a quoted string is due: " text)
	text = substr(text, RSTART + 1, RLENGTH - 2)
	gsub(/\\\\/, "\\", text)
	return text
}

function trim(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

# --- Nagios --------------------------------------------------------------------------------------

FILENAME ~ /\.cfg$/ {
	line = trim($0)
	if (line ~ /^(#|$)/ || line ~ /^define command \{$/)
		next
	if (line == "}") {
		if (!(name in nagios))
			fail("command without command_line: " name)
		name = ""
	} else if (line ~ /^command_name[ \t]/) {
		name = trim(substr(line, 13))
		if (name in nagios)
			fail("twice: " name)
	} else if (line ~ /^command_line[ \t]/ && name != "") {
		nagios[name] = trim(substr(line, 13))
		known["@nagios " name] = 1
	} else {
		fail("not understood: " line)
	}
	next
}

function nagios_line(call,   parts, n, i, line) {
	n = split(call, parts, "!")
	if (!(parts[1] in nagios))
		fail("no such Nagios command: " parts[1])
	used["@nagios " parts[1]] = 1
	line = nagios[parts[1]]
	for (i = 2; i <= 9; i++)
		line = replace(line, "$ARG" (i - 1) "$", i <= n ? parts[i] : "")
	line = replace(line, "$HOSTADDRESS$", "127.0.0.1")
	line = replace(line, "$HOSTNAME$", "localhost")
	if (line ~ /\$/)
		fail("macro left over: " line)
	return line
}

function replace(text, from, to,   at, out) {
	out = ""
	while ((at = index(text, from)) > 0) {
		out = out substr(text, 1, at - 1) to
		text = substr(text, at + length(from))
	}
	return out text
}

# --- Icinga 2 ------------------------------------------------------------------------------------

FILENAME ~ /\.conf$/ {
	line = trim($0)
	if (line ~ /^object CheckCommand /) {
		object = quoted(line)
		known["@icinga " object] = 1
	} else if (object == "" || line ~ /^(\/?\*.*)?$/) {
		next
	} else if (line ~ /^import /) {
		if (quoted(line) != "ipv4-or-ipv6")
			parent[object] = quoted(line)
	} else if (line ~ /^command = \[ Pop3PluginDir \+ "\/[a-z0-9_]+" \]$/) {
		program[object] = substr(quoted(line), 2)
	} else if (line ~ /^(arguments|env) = \{$/) {
		block = $1
	} else if (block == "env" && line ~ /^"[A-Z0-9_]+" = "\$[a-z0-9_]+\$"$/) {
		split(line, env_parts, "\"")
		env[env_parts[2]] = env_parts[4]
	} else if (block == "arguments" && line ~ /^"-[^"]+" = \{$/) {
		argument = quoted(line)
		if ((object, argument) in kind)
			fail("twice: " argument)
		count[object]++
		arguments[object, count[object]] = argument
		described = 0
	} else if (argument != "" && line ~ /^(value|set_if) = "\$[a-z0-9_]+\$"$/) {
		kind[object, argument] = $1
		variable[object, argument] = quoted(line)
		gsub(/\$/, "", variable[object, argument])
	} else if (argument != "" && line ~ /^order = [0-9]+$/) {
		order[object, argument] = $3
	} else if (argument != "" && line == "repeat_key = true") {
		repeated[object, argument] = 1
	} else if (argument != "" && line ~ /^description = ".+"$/) {
		described = 1
	} else if (line == "}" && argument != "") {
		if (!described || !((object, argument) in kind))
			fail("argument without description or value: " argument)
		argument = ""
	} else if (line == "}" && block != "") {
		block = ""
	} else if (line ~ /^vars\.[a-z0-9_]+ = (true|"[^"]*")$/) {
		defaults[object, substr($1, 6)] = $3 == "true" ? "true" : quoted(line)
	} else if (line == "}") {
		object = ""
	} else {
		fail("not understood: " line)
	}
	next
}

# The value of a custom variable: the service's, the command's own or its parent's; macros within it
# resolved.
function value_of(object, name,   text) {
	if (name in given)
		text = given[name]
	else if ((object, name) in defaults)
		text = defaults[object, name]
	else if (object in parent)
		return value_of(parent[object], name)
	else
		return ""
	text = replace(text, "$check_address$", "127.0.0.1")
	return replace(text, "$host.name$", "localhost")
}

function word(text) {
	return text ~ /'/ ? "\"" text "\"" : "'" text "'"
}

function rendered(object, owner, argument,   text, key, parts, n, i, out) {
	text = value_of(object, variable[owner, argument])
	if (text == "")
		return ""
	if (kind[owner, argument] == "set_if") {
		if (text != "true" && text != "false")
			fail("neither true nor false: " variable[owner, argument] "=" text)
		return text == "true" ? " " argument : ""
	}
	if (text !~ /^\[.*;.*\]$/)
		return " " argument " " word(text)
	if (!((owner, argument) in repeated))
		fail("no list: " argument)
	n = split(substr(text, 2, length(text) - 2), parts, ";")
	for (i = 1; i <= n; i++)
		out = out " " argument " " word(parts[i])
	return out
}

# Icinga's way: by order, then by key in ASCII order.
function icinga_line(call,   words, n, i, j, at, owner, list, total, swap, out) {
	n = split(call, words, " ")
	if (!(("@icinga " words[1]) in known))
		fail("no such Icinga command: " words[1])
	used["@icinga " words[1]] = 1
	split("", given)
	for (i = 2; i <= n; i++) {
		at = index(words[i], "=")
		given[substr(words[i], 1, at - 1)] = replace(substr(words[i], at + 1), "%20", " ")
	}
	owner = words[1]
	while (!(owner in count) && owner in parent)
		owner = parent[owner]
	total = count[owner]
	for (i = 1; i <= total; i++)
		list[i] = sprintf("%03d %s", order[owner, arguments[owner, i]], arguments[owner, i])
	for (i = 2; i <= total; i++)
		for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
			swap = list[j]
			list[j] = list[j - 1]
			list[j - 1] = swap
		}
	out = "/" program_of(words[1])
	for (i = 1; i <= total; i++)
		out = out rendered(words[1], owner, substr(list[i], 5))
	for (i in env) {
		at = value_of(words[1], replace(env[i], "$", ""))
		if (at != "")
			environment = "env: " i "=" at
	}
	return out
}

function program_of(object) {
	return object in program ? program[object] : program_of(parent[object])
}

# --- rows ----------------------------------------------------------------------------------------

/^run: @(nagios|icinga) / {
	call = substr($0, 14)
	environment = ""
	line = $2 == "@nagios" ? nagios_line(call) : icinga_line(call)
	sub(/^[^ ]*\//, "", line)
	if (environment != "")
		print environment
	print "run: " line
	next
}

{ print }

END {
	if (failed)
		exit 1
	for (i in known)
		if (!(i in used)) {
			print "expand: no row runs: " i >"/dev/stderr"
			failed = 1
		}
	exit failed
}
