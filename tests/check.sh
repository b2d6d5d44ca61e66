# check.sh - the words that the test scripts are written in; they source it.
#
# check WHAT COMMAND...: the command must succeed, else WHAT and the first
# lines it printed are shown.  Counts in $passed and $failed; needs a folder of
# its own to work in.
passed=0 failed=0
script=$(basename "$0" .sh)
LC_ALL=C
export LC_ALL

# begin BUILD: $build, its program $S, and $t, a folder of its own to work in,
# which goes at the end with the program in $child; SEESAY_KEEP=1 keeps it
begin() {
	build=$(cd "$1" && pwd) || exit 1
	S=$build/seesay
	t=$(mktemp -d "${TMPDIR:-/tmp}/seesay-$script.XXXXXX") || exit 1
	child=
	trap clean_up EXIT
	trap 'exit 1' HUP INT TERM
	cd "$t" || exit 1
}

clean_up() {
	[ -z "$child" ] || kill -9 "$child" 2>/dev/null
	chmod -R u+w "$t" 2>/dev/null
	[ -n "${SEESAY_KEEP:-}" ] || rm -rf "$t"
}

check() {
	what=$1
	shift
	if "$@" >check.out 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$script: failed: $what"
		head -n 5 check.out
	fi
}

# ---- the program $S from outside ----------------------------------------------

# run STATUS ARGUMENT...: the program must end so; leaves its words in out, err
run() {
	wanted=$1
	shift
	"$S" "$@" >out 2>err </dev/null
	got=$?
	if [ "$got" -eq "$wanted" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$script: failed: seesay $*: status $got, not $wanted"
		head -n 5 err
	fi
}

# refuse STATUS PATTERN ARGUMENT...: as run, and says why, and prints nothing
refuse() {
	status=$1 pattern=$2
	shift 2
	run "$status" "$@"
	check "seesay $*: says '$pattern'" grep -q "$pattern" err
	check "seesay $*: one line of error first" \
		sh -c 'head -n 1 err | grep -q "^seesay: "'
	check "seesay $*: nothing on standard output" test ! -s out
}

have() {
	command -v "$1" >/dev/null 2>&1 || {
		echo "skipped: no $1"
		return 1
	}
}

not() {
	! "$@"
}

nap() {
	sleep 0.02 2>/dev/null || sleep 1
}

# until_saved FILE: waits until the child has written a new checkpoint
until_saved() {
	old=$(cksum "$1.checkpoint" 2>/dev/null)
	while kill -0 "$child" 2>/dev/null; do
		new=$(cksum "$1.checkpoint" 2>/dev/null)
		[ -n "$new" ] && [ "$new" != "$old" ] && return 0
		nap
	done
	return 1
}

# ended WHAT STATUS: the child ends by itself, or of a signal, so
ended() {
	wait "$child" 2>/dev/null
	status=$?
	child=
	check "$1: status $2, not $status" test "$status" -eq "$2"
}
