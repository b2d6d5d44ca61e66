#!/bin/sh
# cli_run.sh BUILD - what training leaves: a mistyped option takes nothing away,
# what breaks down leaves no file, and every file that is left can be read.
# Ends with "cli_run: N passed, M failed".
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tests/check.sh"
begin "${1:-build}"

# ---- a mistyped option --------------------------------------------------------

# mistyped FILE OPTION WRONG COMMAND...: a run that was stopped, then asked for
# with OPTION WRONG, is still there for who asks rightly
mistyped() {
	file=$1 option=$2 wrong=$3
	shift 3
	"$S" "$@" -o "$file" --checkpoint-every 0.01 >child.out 2>child.err \
		</dev/null &
	child=$!
	check "$1: gets to a checkpoint" until_saved "$file"
	kill -s TERM "$child"
	ended "$1: TERM" 75
	cp "$file.checkpoint" kept
	refuse 2 "'$file.checkpoint' is of another run: $option " \
		"$@" -o "$file" "$option" "$wrong"
	check "$1: says how to go on" \
		grep -q '^hint: .*own options.*another -o.*--restart' err
	check "$1: the checkpoint stays" cmp "$file.checkpoint" kept
	mkfifo other.st.checkpoint
	refuse 2 "'other.st.checkpoint' is not a regular file" "$@" -o other.st
	rm other.st.checkpoint
	run 0 "$@" -o other.st "$option" "$wrong" --epochs 1
	run 0 "$@" -o "$file" "$option" "$wrong" --epochs 1 --restart
	check "$1: nothing is beside" test "$(echo "$file"*)" = "$file"
	run 0 "$@" -o "$file" --epochs 2
	check "$1: a finished file is replaced with a note" grep -q \
		"'$file' is of another run: .*$option $wrong there" err
	run 0 "$@" -o "$file" --epochs 2
	check "$1: it is made" grep -q 'already what this command would' err
	rm -f "$file" other.st
}

# other INPUT COMMAND...: a run of another file under the same options, named
other() {
	input=$1
	shift
	refuse 2 "is of another run: .*other $input" "$@"
}

# stopped FILE COMMAND...
stopped() {
	file=$1
	shift
	"$S" "$@" -o "$file" --checkpoint-every 0.01 >child.out 2>child.err \
		</dev/null &
	child=$!
	check "$1: gets to a checkpoint" until_saved "$file"
	kill -s TERM "$child"
	ended "$1: TERM" 75
}

inputs() {
	run 0 posts world:200 -o posts2.st --size 16 --seed 2
	run 0 words posts2.st -o words2.st --dim 8 --epochs 1
	echo a >stop1
	echo the >stop2
	stopped w.st words posts.st --epochs 9000 --stop stop1
	other vocabulary words posts.st --epochs 9000 --stop stop2 -o w.st
	other input words posts2.st --epochs 9000 --stop stop1 -o w.st
	stopped s.st learn posts.st words.st --net tiny --epochs 9000
	other posts learn posts2.st words.st --net tiny --epochs 9000 -o s.st
	other words learn posts.st words2.st --net tiny --epochs 9000 -o s.st
	sed 's/p=0.1/p=0.2/' "$root/data/nets/tiny.net" >other.net
	other --net learn posts.st words.st --net other.net --epochs 9000 \
		-o s.st
	run 0 net init tiny -o weights.st --dim 8
	refuse 2 'is of another run: there without --init' learn posts.st \
		words.st --net tiny --epochs 9000 --init weights.st -o s.st
	rm -f w.st* s.st*
	stopped w.st words posts.st --epochs 9000 --restart
	check "--restart, stopped: not to be given again" \
		grep -q 'again without --restart' child.err
	rm -f w.st*
}

# ---- what is left can be read -------------------------------------------------

# readable ARGUMENT...: words end well and can be asked, or end with status 1
# and no file
readable() {
	"$S" words posts.st -o r.st --min-count 2 "$@" >out 2>err </dev/null
	status=$?
	if [ "$status" -eq 0 ]; then
		run 0 words near r.st beach
		run 0 info --verify r.st
		rm r.st
		return
	fi
	check "words $*: status 1, not $status" test "$status" -eq 1
	check "words $*: says that it diverged" \
		grep -q '^seesay: words: training diverged in epoch' err
	check "words $*: no file" sh -c '! ls r.st* 2>/dev/null'
}

# broken ARGUMENT...: must break down
broken() {
	readable "$@"
	check "words $*: breaks down" test "$status" -eq 1
}

run 0 posts world:300 -o posts.st --size 16
run 0 words posts.st -o words.st --dim 8 --epochs 3
mistyped w.st --dim 9 words posts.st --epochs 9000
mistyped s.st --rate 0.03 learn posts.st words.st --net tiny --epochs 9000

inputs

for model in glove "glove --two-tables" word2vec "word2vec --skipgram" \
	"fasttext --buckets 500" doc2vec lda; do
	for dim in 1 2 3 1000; do
		# shellcheck disable=SC2086
		readable --model $model --dim $dim --epochs 2
		check "words $model, $dim dimensions: are learned" \
			test "$status" -eq 0
	done
	case $model in
	lda) ;;
	glove*)
		readable --model $model --dim 8 --epochs 10 --rate 5
		readable --model $model --dim 1 --epochs 10 --rate 100 ;;
	*)
		readable --model $model --dim 8 --epochs 9 --rate 3
		broken --model $model --dim 8 --epochs 9 --rate 100
		broken --model $model --dim 1 --epochs 9 --rate 100 ;;
	esac
done
broken --model glove --dim 8 --epochs 30 --rate 100

# A net: the same, by the space, its index and the answers.
for rate in 0.3 3 30 100; do
	"$S" learn posts.st words.st -o r.st --net tiny --epochs 2 \
		--rate $rate >out 2>err </dev/null
	status=$?
	if [ "$status" -eq 0 ]; then
		run 0 index r.st posts.st -o r.idx --split all
		run 0 search r.idx woman
		rm r.st r.idx
		continue
	fi
	check "learn --rate $rate: status 1, not $status" test "$status" -eq 1
	check "learn --rate $rate: says that it diverged" \
		grep -q 'training diverged in epoch' err
	check "learn --rate $rate: no file" sh -c '! ls r.st* 2>/dev/null'
done
check "learn --rate 100: breaks down" test "$status" -eq 1

# What was good before is kept, can be read, and is spoken of.
"$S" learn posts.st words.st -o r.st --net tiny --epochs 900 --rate 3 \
	--momentum 1 --checkpoint-every 0.001 >out 2>err </dev/null
check "learn: breaks down with a checkpoint" \
	grep -q "^hint: .*--restart; 'r.st.checkpoint' has the last good" err
check "learn: only the checkpoint is left" \
	test "$(echo r.st*)" = r.st.checkpoint
run 0 info --verify r.st.checkpoint
echo "cli_run: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
