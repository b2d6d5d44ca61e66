#!/bin/sh
# cli_files.sh BUILD - what the program does to files that are not its own: an
# input under a name that an output needs, modes and links of what is replaced,
# inputs that shrink, pipes that give nothing, signals.  Ends with
# "cli_files: N passed, M failed".
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$root/tests/check.sh"
begin "${1:-build}"

umask 022

# ---- names -------------------------------------------------------------------

# spares FILE ARGUMENT...: refused, and FILE is as it was, and nothing beside
spares() {
	spared=$1
	shift
	cp "$spared" kept
	ls -a >before
	refuse 2 'would overwrite the input\|is the input\|is the picture\|'\
'is a file of the source' "$@"
	check "seesay $*: spares $spared" cmp "$spared" kept
	ls -a >after
	check "seesay $*: touches nothing" cmp before after
	rm kept
}

names() {
	: >before; : >after; : >check.out
	for side in checkpoint lock tmp.99999999 checkpoint.tmp.99999999; do
		cp posts.st "q.$side"
		spares "q.$side" words "q.$side" -o q --epochs 1
		spares "q.$side" words "./q.$side" -o "../$(basename "$t")/q"
		spares "q.$side" learn "q.$side" words.st -o q --net tiny
		spares "q.$side" index space.st "q.$side" -o q
		mv "q.$side" q.net
		cp words.st "q.$side"
		spares "q.$side" learn posts.st "q.$side" -o q --net tiny
		cp "$root/data/nets/tiny.net" "q.$side"
		spares "q.$side" learn posts.st words.st -o q \
			--net "./q.$side"
		cp space.st "q.$side"
		spares "q.$side" index "q.$side" posts.st -o q
		rm "q.$side"
	done
	cp "$root/data/nets/tiny.net" own.net
	spares own.net net init own.net -o own.net
	spares own.net net run own.net -w words.st -i posts.st -o ./own.net
	echo '{"image": "a.png", "caption": "a"}' >q.skipped.tsv
	spares q.skipped.tsv posts -l jsonl q.skipped.tsv -o q
	spares q.skipped.tsv posts -l jsonl q.skipped.tsv -o q.skipped.tsv
	spares q.skipped.tsv posts posts.jsonl -o q \
		--split-lists ,,q.skipped.tsv
	echo the >q.lock
	spares q.lock words posts.st -o q --stop q.lock
	echo a b c >q.checkpoint
	cp q.checkpoint given
	"$S" words - -o q <q.checkpoint 2>err
	check "standard input is an input" test $? -eq 2
	check "standard input is spared" cmp q.checkpoint given
	ln -s q.checkpoint text
	spares q.checkpoint words text -o q
	spares folder/scene-000000.png posts folder -o folder/scene-000000.png
	spares folder/scene-000000.png posts posts.jsonl \
		-o ./folder/scene-000000.png
	spares folder/scene-000000.txt posts folder -o folder/scene-000000.txt
	spares folder/scene-000000.txt index space.st folder \
		-o folder/scene-000000.txt
	run 0 posts folder -o folder/posts.st
	run 0 posts folder -o folder/posts.st
	rm folder/posts.st
	rm text q.checkpoint q.lock q.skipped.tsv given
	echo mine >q.lock
	refuse 1 'not a lock file of seesay' words posts.st -o q
	check "a lock that is none stays" grep -q mine q.lock
	rm q.lock
	echo mine >pics.posts
	run 0 index space.st folder -o pics
	check "a file called pics.posts stays" grep -q mine pics.posts
	check "an index leaves nothing" test "$(echo pics*)" = "pics pics.posts"
}

# ---- modes and links ---------------------------------------------------------

mode_is() {
	case $(ls -l "$2") in
	"$1"*) ;;
	*) return 1 ;;
	esac
}

modes() {
	run 0 words posts.st -o new --epochs 1
	check "a new file follows the umask" mode_is -rw-r--r-- new
	chmod 600 new
	run 0 words posts.st -o new --epochs 2
	check "what is replaced keeps its mode" mode_is -rw------- new
	chmod 664 new
	run 0 posts world:3 -o new --size 8
	check "also with more rights" mode_is -rw-rw-r-- new
	chmod 400 new
	cp new kept
	for c in "words posts.st" "posts world:9" "index space.st posts.st" \
		"learn posts.st words.st"; do
		# shellcheck disable=SC2086
		refuse 1 "'new': it is read-only" $c -o new
	done
	check "a read-only file stays" cmp new kept
	rm -f new kept
}

links() {
	mkdir deep
	ln -s deep/far link
	run 0 words posts.st -o link --epochs 1
	check "a link to nothing stays" test -L link
	check "and what it names is written" test -f deep/far
	run 0 words posts.st -o link --epochs 2
	check "a link stays" test -L link
	check "nothing is left beside it" test "$(ls deep)" = far
	ln -s ../link deep/again
	run 0 words posts.st -o deep/again --epochs 1
	check "a link to a link stays" test -L deep/again -a -L link
	ln -s round loop
	ln -s loop round
	refuse 1 "cannot follow the link 'loop'" words posts.st -o loop
	rm -r deep link loop round
}

# ---- inputs that shrink, pipes that give nothing, signals --------------------

# begin FILE ARGUMENT...: a run in the background that writes checkpoints
begin() {
	file=$1 command=$2
	shift
	"$S" "$@" -o "$file" --checkpoint-every 0.01 >child.out 2>child.err \
		</dev/null &
	child=$!
	check "$command: gets to a checkpoint" until_saved "$file"
}

shrinks() {
	cp posts.st short.st
	begin x.st learn short.st words.st --net tiny --epochs 10000
	: >short.st
	ended "an input that is cut short" 1
	check "it is said" grep -q '^seesay: an input file was truncated' \
		child.err
	check "there is no output" test ! -e x.st
	check "no lock is left, but the checkpoint" \
		test "$(echo x.st*)" = x.st.checkpoint
	rm -f x.st*
}

# waits COMMAND...: blocked on a pipe, then ended by the first signal
waits() {
	# not INT, which a shell lets its background ignore
	for signal in TERM HUP; do
		"$@" <pipe >child.out 2>child.err &
		child=$!
		exec 9>pipe
		# more than a pipe holds: it is reading when this is through
		dd if=posts.st bs=4096 count=64 2>dd.err >&9
		sleep 0.2
		kill -s "$signal" "$child"
		ended "$*: $signal while it waits" 1
		exec 9>&-
		check "$*: says so" grep -q 'stopped before' child.err
		check "$*: leaves nothing" sh -c '! ls x.* 2>/dev/null'
	done
}

pipes() {
	mkfifo pipe
	waits "$S" words - -o x.st
	"$S" words pipe -o x.st >child.out 2>child.err </dev/null &
	child=$!
	sleep 0.3
	kill -s TERM "$child"
	wait "$child"
	status=$?
	child=
	# 143: a slow machine, on which it had not yet begun
	check "a pipe that nobody opens: status $status" \
		test "$status" -eq 1 -o "$status" -eq 143
	rm pipe
}

signals() {
	begin x.st learn posts.st words.st --net tiny --epochs 10000
	kill -s HUP "$child"
	ended "learn: HUP" 75
	check "HUP: a checkpoint is left, and no lock" \
		test "$(echo x.st*)" = x.st.checkpoint
	rm x.st.checkpoint
	begin y.st words posts.st --epochs 90000
	kill -s HUP "$child"
	ended "words: HUP" 75
	check "HUP: a checkpoint is left, and no lock" \
		test "$(echo y.st*)" = y.st.checkpoint
	rm y.st.checkpoint
	(trap '' HUP; exec "$S" learn posts.st words.st --net tiny \
		--epochs 10000 --checkpoint-every 0.01 -o x.st 2>err) &
	child=$!
	check "nohup: gets to a checkpoint" until_saved x.st
	kill -s HUP "$child"
	check "nohup: goes on" until_saved x.st
	kill -s TERM "$child"
	ended "nohup: TERM" 75
	rm -f x.st*
	"$S" posts world:1000000 -o x.st --size 24 --progress=json \
		>child.out 2>child.err </dev/null &
	child=$!
	while kill -0 "$child" 2>/dev/null &&
		! grep -q '"phase":"paint"' child.err; do
		nap
	done
	kill -s TERM "$child"
	ended "posts world: nothing to go on from" 1
	check "posts world: leaves nothing" sh -c '! ls x.* 2>/dev/null'
}

# ---- what was taken without a word -------------------------------------------

words_of_errors() {
	refuse 2 'is a folder' posts folder --root /nonexistent -o x.st
	echo 'a.png,b' >list.csv
	refuse 2 "names 'IMAGE' twice" posts list.csv -o x.st \
		--columns image,caption,IMAGE
	refuse 2 "names 'id' twice" posts list.csv -o x.st \
		--columns id,image,caption,id
	mkdir empty
	run 3 index space.st empty -o x.st
	check "the error is of index" grep -q "no pictures in 'empty'" err
	check "the hint is of index" not grep -q 'seesay posts' err
	echo old >x.st
	for decay in 1 0.9; do
		run 1 learn posts.st words.st -o x.st --net tiny --epochs 6 \
			--rate 100 --decay "$decay"
		check "diverged: is said" \
			grep -q 'training diverged.*not finite' err
		check "diverged: the hint is of --rate" \
			grep -q '^hint: .*smaller --rate' err
		check "diverged: no checkpoint is spoken of" \
			not grep -q checkpoint err
		check "diverged: the old file stays" grep -q old x.st
	done
	check "nothing is left" test "$(echo x.*)" = x.st
	rm x.st
}

run 0 posts world:400 -o posts.st --size 24
run 0 words posts.st -o words.st --dim 16 --epochs 3
run 0 learn posts.st words.st -o space.st --net tiny --epochs 1
run 0 posts posts.st --export folder
echo '{"image": "folder/scene-000000.png", "caption": "a"}' >posts.jsonl
names
modes
links
shrinks
pipes
signals
words_of_errors
echo "cli_files: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
