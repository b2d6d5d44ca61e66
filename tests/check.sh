# check.sh - the word that the test scripts are written in; they source it.
#
# check WHAT COMMAND...: the command must succeed, else WHAT and the first
# lines it printed are shown.  Counts in $passed and $failed; needs a folder of
# its own to work in.
passed=0 failed=0
script=$(basename "$0" .sh)

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
