#!/bin/sh
# mutate.sh - plants one fault after the other and asks the tests.
#
#	tools/mutate.sh [-j LANES] [-l LIST] [-t TREE] [-a] [NAME...]
#
# LIST (tests/mutants.txt) says for each fault the file, the text there, what
# stands in its place, and the tests that should notice.  Each is planted in a
# copy of TREE (this one) and built; the tests run until one fails.  With -a the
# survivors go together through all tests, and one by one if those fail.
# A text that is not there exactly once is stale: refresh the list.
#
# The status is 0 if all are caught and none is stale.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
lanes=2 list=$here/tests/mutants.txt tree=$here all=0
while getopts j:l:t:a option; do
	case $option in
	j) lanes=$OPTARG ;;
	l) list=$OPTARG ;;
	t) tree=$OPTARG ;;
	a) all=1 ;;
	*) sed -n '4s/^#	//p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
work=$(mktemp -d "${TMPDIR:-/tmp}/mutate.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

# The parts of each fault: NAME.at (file, tests), NAME.old, NAME.new.
awk -v to="$work/" '
	/^= / { name = $2; print name; at = to name ".at"
		print $3 > at; for (i = 4; i <= NF; i++) print $i > at
		old = new = ""; close(at) }
	/^-/ { print substr($0, 2) > (to name ".old") }
	/^\+/ { print substr($0, 2) > (to name ".new") }
' "$list" >"$work/names"
if [ $# -gt 0 ]; then
	printf '%s\n' "$@" >"$work/wanted"
	grep -Fx -f "$work/wanted" "$work/names" >"$work/some" || {
		echo "no such fault" >&2
		exit 2
	}
	mv "$work/some" "$work/names"
fi

# plant NAME FROM TO: status 1 if the text is not there exactly once.
plant() {
	[ -f "$2" ] || return 1
	touch "$work/$1.new"
	awk -v old="$work/$1.old" -v new="$work/$1.new" '
	function text(file,  all, line) {
		while ((getline line < file) > 0)
			all = all (all == "" ? "" : "\n") line
		return all
	}
	{ body = body $0 "\n" }
	END {
		was = text(old)
		at = index(body, was)
		rest = substr(body, at + 1)
		if (!at || index(rest, was))
			exit 1
		printf "%s%s%s", substr(body, 1, at - 1), text(new),
			substr(body, at + length(was))
	}' "$2" >"$3"
}

# ask TREE TEST: does the test fail?
ask() {
	case $2 in
	*.sh) set -- "$1" sh "tests/$2" build ;;
	*) set -- "$1" "build/tests/$2" ;;
	esac
	(cd "$1" && shift && timeout 300 "$@" >/dev/null 2>&1 </dev/null) &&
		return 1
	return 0
}

# The tests of a fault that this tree has.
there() {
	sed 1d "$work/$2.at" | while read -r t; do
		if [ -f "$1/tests/$t" ] || [ -f "$1/tests/$t.c" ]; then
			echo "$t"
		fi
	done
}

targets() {
	for t in "$@"; do
		case $t in
		*.sh) echo build/seesay build/tests/checkkernels ;;
		*) echo "build/tests/$t" ;;
		esac
	done | tr ' ' '\n' | sort -u
}

# try LANE NAME: one line of result.
try() {
	in=$work/tree.$1
	file=$(sed -n 1p "$work/$2.at")
	tests=$(there "$in" "$2")
	if ! plant "$2" "$tree/$file" "$work/$2.c"; then
		echo "stale $2: its text is not in $file once"
		return
	fi
	cp "$work/$2.c" "$in/$file"
	result="survived $2"
	# shellcheck disable=SC2046,SC2086
	if ! make -s -C "$in" O=build $(targets $tests) >/dev/null 2>&1; then
		result="stale $2: it does not compile"
	else
		for t in $tests; do
			if ask "$in" "$t"; then
				result="caught $2 by $t"
				break
			fi
		done
	fi
	cp "$tree/$file" "$in/$file"
	echo "$result"
}

lane() {
	cp -a "$tree" "$work/tree.$1"
	make -s -C "$work/tree.$1" O=build tests >/dev/null 2>&1 || {
		echo "stale tree: $tree does not build"
		return
	}
	awk -v lane="$1" -v lanes="$lanes" 'NR % lanes == lane' \
		"$work/names" | while read -r name; do
		try "$1" "$name"
	done
}

# all_fail NAME...: does any test of all fail with these faults together?
all_fail() {
	in=$work/tree.0
	for name in "$@"; do
		file=$(sed -n 1p "$work/$name.at")
		plant "$name" "$in/$file" "$work/one.c" &&
			cp "$work/one.c" "$in/$file"
	done
	failed=0
	make -s -C "$in" O=build check >/dev/null 2>&1 </dev/null || failed=1
	for name in "$@"; do
		file=$(sed -n 1p "$work/$name.at")
		cp "$tree/$file" "$in/$file"
	done
	[ $failed -eq 1 ]
}

n=0
while [ "$n" -lt "$lanes" ]; do
	lane "$n" >"$work/lane.$n" &
	n=$((n + 1))
done
wait
cat "$work"/lane.* >"$work/results"
left=$(sed -n 's/^survived //p' "$work/results")
# shellcheck disable=SC2086
if [ $all -eq 1 ] && [ -n "$left" ] && all_fail $left; then
	for name in $left; do
		all_fail "$name" && sed "s/^survived $name\$/caught $name by all/" \
			"$work/results" >"$work/more" &&
			mv "$work/more" "$work/results"
	done
fi
sort "$work/results"
caught=$(grep -c '^caught' "$work/results" || :)
echo "$caught of $(grep -c . "$work/names") faults caught," \
	"$(grep -c '^stale' "$work/results" || :) stale"
[ "$caught" -eq "$(grep -c . "$work/names")" ]
