#!/bin/sh
# kill.sh [KILLS] [BUILD] [SEED] - kills `words` and `learn` with `kill -9` at
# random moments, KILLS times in all, and runs the same command again and again
# until one lives to its end.  The file must then be equal to the one of an
# undisturbed run, and nothing may lie beside it.  Prints a line for each file,
# then "kill: N passed, M failed".
#
# The moments follow from SEED; where the program is at such a moment does not.
set -u
kills=${1:-200}
build=${2:-build}
seed=${3:-1}
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$root/tests/check.sh"
begin "$build"

# The generator of ANSI C, whose high bits will do: draw FROM TO, in ms.
draw() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	drawn=$(($1 + seed / 65536 % ($2 - $1 + 1)))
}

# One kill, if the run is not faster: most of them while it trains, some while
# it starts, saves or ends.
strike() {
	draw 1 700
	delay=$(printf '0.%03d' "$drawn")
	draw 0 1
	"$S" "$@" --checkpoint-every "0.0$drawn" >out 2>err </dev/null &
	child=$!
	sleep "$delay"
	kill -9 "$child" 2>/dev/null
	wait "$child" 2>/dev/null
	status=$?
	child=
}

# Is there nothing in the folder whose name begins with $1, but itself?
alone() {
	! ls -d "$1".* 2>/dev/null
}

# survive WANTED FILE COMMAND...: FILE must end as "whole.FILE"
survive() {
	wanted=$1 file=$2
	shift 2
	hits=0 lives=0 status=137
	"$S" "$@" -o "whole.$file" >out 2>err || cat err
	while [ "$hits" -lt "$wanted" ] || [ "$status" -ne 0 ]; do
		if [ "$hits" -lt "$wanted" ]; then
			strike "$@" -o "$file"
		else
			"$S" "$@" -o "$file" >out 2>err </dev/null
			status=$?
		fi
		case $status in
		137) hits=$((hits + 1)) ;;
		0)
			lives=$((lives + 1))
			check "$file is as undisturbed" \
				cmp "$file" "whole.$file"
			check "$file is alone" alone "$file"
			rm -f "$file"
			;;
		*)
			check "$1: status $status: $(cat err)" false
			return
			;;
		esac
	done
	echo "$file: killed $hits times on the way to $lives files"
}

"$S" posts world:2000 -o posts --size 24 --seed 5 2>err || cat err
survive $((kills / 2)) words words posts --dim 64 --min-count 2 --epochs 800
survive $((kills - kills / 2)) space learn posts whole.words --net tiny \
	--epochs 16
echo "kill: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
