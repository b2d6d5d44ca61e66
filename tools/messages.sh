#!/bin/sh
# messages.sh - every text of src/ that a user may read, one a line, as
# FILE:LINE: KIND "TEXT" "TEXT" ...: for reading them aloud.  Kinds: error and
# hint, note and warning, help (options, purposes, texts of commands), print.
#
#	sh tools/messages.sh | less
#	sh tools/messages.sh hint
set -eu
cd "$(dirname "$0")/.."
kind=${1:-.}

find src -name '*.c' | sort | xargs awk '
# The kind of a call or field that a line begins, or "".
function kind_of(line) {
	if (line ~ /(^|[^_a-z])fail(_errno)?\(/) return "error"
	if (line ~ /(^|[^_a-z])(layer|parse|line|json)_fail\(/) return "error"
	if (line ~ /(^|[^_a-z])hint\(/) return "hint"
	if (line ~ /(log|talk)_warn\(/) return "warning"
	if (line ~ /(log|talk)_(note|detail)\(/) return "note"
	if (line ~ /(^|[^_A-Z])OPT\(|^\t\.(purpose|text|operands) =/)
		return "help"
	if (line ~ /(^|[^_a-z])printf\(|fputs\("/) return "print"
	return ""
}

# Adds the strings of a line; comments go first.
function strings_add(line) {
	sub(/\/\*.*\*\//, "", line)
	while (match(line, /"([^"\\]|\\.)*"/)) {
		text = text " " substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
	}
}

function finish() {
	if (kind != "" && text != "")
		print where ": " kind text
	kind = text = ""
}

FNR == 1 { finish() }
{
	found = kind_of($0)
	if (found != "") {
		finish()
		kind = found
		where = FILENAME ":" FNR
	}
	if (kind != "") {
		strings_add($0)
		if ($0 ~ /;[ \t]*$/ || (kind == "help" && $0 ~ /,$/ &&
		    $0 !~ /OPT\(/ && $0 !~ /^\t    / && $0 !~ /^\t"/))
			finish()
	}
}
END { finish() }
' | grep -E ": ($kind)" || true
