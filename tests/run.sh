#!/bin/sh
# run.sh BUILD - runs every test in BUILD/tests and the scripts beside this
# file, adds up what they counted, and ends with "N passed, N failed".
# A test that dies, hangs or prints no count is a failure of its own.  So is
# what a sanitizer reports in any process of a test: decoders are expected to
# die of some pictures and have no stderr, hence the files.
set -u
build=${1:-build}
here=$(dirname "$0")
limit=${TEST_LIMIT_S:-600}
passed=0 failed=0
log=$build/tests/run.log
: >"$log"
reports=$(cd "$build" && pwd)/tests/report
rm -f "$reports".*
for tool in ASAN UBSAN TSAN; do
	eval "options=\${${tool}_OPTIONS:-}"
	export "${tool}_OPTIONS=${options:+$options:}log_path='$reports'"
done

with_limit() {
	if command -v timeout >/dev/null 2>&1; then
		timeout "$limit" "$@"
	else
		"$@"
	fi
}

# run NAME COMMAND...: the last line "...: N passed, M failed" counts
run() {
	name=$1
	shift
	with_limit "$@" >"$log.one" 2>&1 </dev/null
	status=$?
	grep '^skipped:' "$log.one" | sed "s/^/$name: /"
	line=$(grep -E '[0-9]+ passed, [0-9]+ failed' "$log.one" | tail -n 1)
	p=$(printf '%s' "$line" | sed -n 's/.*[^0-9]\([0-9]*\) passed.*/\1/p')
	f=$(printf '%s' "$line" | sed -n 's/.* \([0-9]*\) failed.*/\1/p')
	if [ -z "$p" ] || { [ "$status" -ne 0 ] && [ "${f:-0}" -eq 0 ]; }; then
		f=$((${f:-0} + 1))
		echo "$name: stopped with status $status"
	fi
	for r in "$reports".*; do
		[ -f "$r" ] || continue
		cat "$r" >>"$log.one"
		f=$((${f:-0} + 1))
	done
	rm -f "$reports".*
	{ echo "== $name"; cat "$log.one"; } >>"$log"
	passed=$((passed + ${p:-0}))
	failed=$((failed + f))
	if [ "$f" -ne 0 ]; then
		tail -n 30 "$log.one"
	fi
	echo "$name: ${p:-0} passed, $f failed"
}

for t in "$build"/tests/test_*; do
	case $t in *.o | *.d) continue ;; esac
	run "$(basename "$t")" "$t"
done
run checkkernels "$build/tests/checkkernels"
for s in "$here"/cli*.sh; do
	[ -f "$s" ] && run "$(basename "$s")" sh "$s" "$build"
done
run lint sh "$here/../tools/lint.sh" "$build"
rm -f "$log.one"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
