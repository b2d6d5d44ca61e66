#!/bin/sh
# faults.sh - commands on a machine whose calls fail.
#
#	tools/faults.sh [-b BUILD] [-m MOST] [CALL...]
#
# Runs posts, words, learn, index, eval and search on small inputs, and lets
# one call of the system fail: each in turn, or MOST (8) of them if there are
# more, once and from then on (tests/shim.c, by LD_PRELOAD).  Afterwards a run
# must have ended
#
#	well	with status 0 and the bytes of an undisturbed run, or
#	told	with another status, a message, and the output as it was before
#		or as it should be, nothing left beside it but an empty lock
#
# A line for each command and call; the status is 1 if any ended otherwise.
set -eu
build=build most=8
while getopts b:m: option; do
	case $option in
	b) build=$OPTARG ;;
	m) most=$OPTARG ;;
	*) sed -n '4s/^#	//p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- malloc open fopen fdopen fread fwrite fflush fclose \
	read write fsync rename fstat stat mmap socketpair fork pthread_create
here=$(cd "$(dirname "$0")/.." && pwd)
seesay=$(cd "$build" && pwd)/seesay
work=$(mktemp -d "${TMPDIR:-/tmp}/faults.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
"${CC:-cc}" -shared -fPIC "$here/tests/shim.c" -o "$work/shim.so" -ldl
cd "$work"
export XDG_CACHE_HOME="$work/cache" HOME="$work"

{
	printf '%s\n' 'image = input h=8 w=8 c=3' 'p = avgpool global=yes' \
		'out = dense out=@dim' >net
	"$seesay" posts world:40 --size 8 -o posts
	"$seesay" posts posts --export folder
	"$seesay" words posts -d 4 -e 1 --min-count 2 -o words
	"$seesay" learn posts words -n net -e 1 -b 8 -o space
	"$seesay" index space posts -o index
} >log 2>&1 || { cat log >&2; exit 1; }

# command NAME: runs it; its output is the file `out`, or standard output.
command_of() {
	case $1 in
	posts) set -- posts folder --size 8 -o out ;;
	words) set -- words posts -d 4 -e 1 --min-count 2 -o out ;;
	learn) set -- learn posts words -n net -e 1 -b 8 -o out ;;
	index) set -- index space posts -o out ;;
	eval) set -- eval space posts --split all --json ;;
	search) set -- search index forest --json ;;
	esac
	timeout 60 env LD_PRELOAD="${shim:-}" "$seesay" "$@" >stdout 2>stderr </dev/null
}

# check STATUS: says what is wrong with how a run ended.
check() {
	if [ "$1" -eq 124 ]; then
		echo "does not end"
	elif [ "$1" -gt 128 ]; then
		echo "signal $(($1 - 128))"
	elif [ "$1" -eq 0 ]; then
		cmp -s stdout good.stdout || echo "status 0, other output"
		[ ! -f good.out ] || cmp -s out good.out ||
			echo "status 0, another file"
	else
		grep -q . stderr || echo "status $1 without a message"
		[ ! -f good.out ] || cmp -s out old || cmp -s out good.out ||
			echo "status $1, the old file is lost"
	fi
	ls | grep '^out\.tmp' || :
	[ ! -s out.lock ] || echo "out.lock"
}

# fault COMMAND CALL N ERRNO ON: one run.
fault() {
	rm -f out out.*
	[ ! -f good.out ] || cp old out
	status=0
	export FAULT_CALL="$2" FAULT_AT="$3" FAULT_ERRNO="$4"
	[ -z "$5" ] || export FAULT_ON=1
	shim=$work/shim.so
	command_of "$1" || status=$?
	shim=
	unset FAULT_CALL FAULT_AT FAULT_ERRNO FAULT_ON
	wrong=$(check $status)
	if [ -n "$wrong" ]; then
		echo "$1: $2 number $3${5:+ and on}, errno $4: $wrong" |
			tr '\n' ' '
		echo
		bad=$((bad + 1))
	elif [ $status -eq 0 ]; then
		well=$((well + 1))
	else
		told=$((told + 1))
	fi
}

errno_of() {
	case $1 in
	malloc | mmap) echo 12 ;;		# ENOMEM
	open | fopen | fdopen | socketpair) echo 24 ;;	# EMFILE
	fork | pthread_create) echo 11 ;;	# EAGAIN
	fwrite | write | fflush | fclose) echo 28 ;;	# ENOSPC
	*) echo 5 ;;				# EIO
	esac
}

failed=0
printf 'before' >old
for name in posts words learn index eval search; do
	rm -f good.out out out.*
	command_of $name || { cat stderr >&2; exit 1; }
	cp stdout good.stdout
	[ ! -f out ] || cp out good.out
	for call in "$@"; do
		rm -f out out.* calls
		export FAULT_CALL="$call" FAULT_TELL="$work/calls"
		shim=$work/shim.so
		command_of $name || :
		shim=
		unset FAULT_CALL FAULT_TELL
		n=$(cat calls 2>/dev/null || echo 0)
		[ "$n" -gt 0 ] || continue
		step=$(((n + most - 1) / most)) i=1 well=0 told=0 bad=0
		while [ "$i" -le "$n" ]; do
			fault $name "$call" "$i" "$(errno_of "$call")" ""
			fault $name "$call" "$i" "$(errno_of "$call")" on
			i=$((i + step))
		done
		echo "$name: $call, $n calls: $well well, $told told, $bad bad"
		[ $bad -eq 0 ] || failed=1
	done
done
exit $failed
