#!/bin/sh
# cli.sh BUILD - the program from outside: the whole pipeline on a tiny world,
# exit statuses and messages, equal bytes, kill and resume, no room.  Ends with
# "cli: N passed, M failed".
#
# Works in a folder of its own under TMPDIR, which it removes.  The build may
# be one under a sanitizer.  SEESAY_KEEP=1 keeps the folder.
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$root/tests/check.sh"
begin "${1:-build}"

mkdir state
XDG_STATE_HOME=$t/state
export XDG_STATE_HOME

# ---- tools -------------------------------------------------------------------

lines() {
	test "$(wc -l <"$2")" -eq "$1"
}

# Of the best result in JSON: its score, its id.
best_score() {
	sed -n 's/.*"rank": 1, "score": \([^,]*\),.*/\1/p' out
}

best_id() {
	sed -n 's/.*"rank": 1, .*"id": "\([^"]*\)".*/\1/p' out
}

# ---- the whole pipeline ------------------------------------------------------

WORDS='--dim 32 --min-count 3 --epochs 20'
LEARN='--net tiny --epochs 3'

the_road() {
	run 0 posts world:400 -o posts.st --size 24
	check "posts: talk is not on standard output" test ! -s out
	check "posts: says what it did" grep -q '400 posts' err
	# shellcheck disable=SC2086
	run 0 words posts.st -o words.st $WORDS
	check "words: talk is not on standard output" test ! -s out
	# shellcheck disable=SC2086
	run 0 learn posts.st words.st -o space.st $LEARN
	check "learn: talk is not on standard output" test ! -s out
	check "learn: no checkpoint is left" test ! -e space.st.checkpoint
	check "learn: no lock is left" test ! -e space.st.lock
	run 0 index space.st posts.st -o pics.idx
	check "index: talk is not on standard output" test ! -s out
	run 0 eval space.st posts.st --split test
	check "eval: both ways" grep -q 'text to image' out
	run 0 info --verify posts.st words.st space.st pics.idx
	check "info: checksums of all" \
		sh -c 'test "$(grep -c "checksums are right" out)" -eq 4'
	run 0 search pics.idx yellow + car -k 5
	check "search: five lines" lines 5 out
	check "search: talk is not mixed in" not grep -q seesay out
	run 0 words near words.st beach -k 4
	check "near: four words" lines 4 out
	run 0 words analogy words.st beach-sea+snow
	mv out joined
	run 0 words analogy words.st beach - sea + snow
	check "analogy: signs may stand apart" cmp out joined
	run 0 words near words.st beach - sea + snow
	check "near: so they may there" cmp out joined
	run 0 posts posts.st --stats
	check "stats: counts" grep -q 'pictures   400  (24 x 24)' out
	run 0 net list
	run 0 index pics.idx posts.st -o again.idx
	check "an index of an index is the same" cmp pics.idx again.idx
	run 0 words posts.st -o quiet.st -q --epochs 2
	check "-q: not a word" test ! -s err
}

# offers WORD WORD...: what bash offers for a line that ends in the last WORD
offers() {
	bash -c '. ./completion.bash
		COMP_WORDS=(seesay "$@") COMP_CWORD=$#
		_seesay
		echo "${COMPREPLY[*]}"' offers "$@"
}

completion_bash() {
	mv out completion.bash
	check "completion: bash reads it" bash -n completion.bash
	check "completion: verbs" test "$(offers words ne)" = near
	check "completion: options of a verb" \
		test "$(offers words near --c)" = --count
	check "completion: nets" test "$(offers learn --net goog)" = googlenet
	check "completion: nets after =" \
		test "$(offers learn --net = goog)" = googlenet
	check "completion: choices" \
		test "$(offers learn --loss '')" = \
			'regress triplet mse cosine pairwise hinge infonce siglip'
	check "completion: shells" \
		test "$(offers completion '')" = 'bash zsh fish'
	check "completion: kernels" \
		test "$(offers net list --kernels sc)" = scalar
}

help_and_version() {
	run 0 --version
	check "version: kernels" grep -q 'kernels used' out
	run 0 version --licences
	for name in stop-words stb_image Unicode; do
		check "a notice of $name" grep -q "$name" out
	done
	run 0 --help
	for c in $(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' out); do
		run 0 "$c" --help
		mv out help.one
		run 0 help "$c"
		check "$c: one help, two ways" cmp out help.one
	done
	check "the last help is of man" grep -q 'seesay man' out
	run 0 help search
	mv out help.search
	sed -n 's/^    \(atom *.*\|term *.*\|op *.*\)$/\1/p' \
		"$root/docs/search.md" >grammar
	check "the grammar of the docs is the help's" \
		sh -c 'test -s grammar && while read -r l; do
			grep -qF "$l" help.search || exit 1; done <grammar'
	run 0 man
	for line in '2:atom  0.5\*atom' 'Exit status: 0 found' \
		'          \[IMG_n\]  IMG_n'; do
		check "help search and man: $line" sh -c \
			"grep -q -- '$line' help.search"
	done
	check "man: the query language is set in as in the help" \
		grep -q '^        @path' out
	SEESAY_KERNELS=abacus SEESAY_THREADS=many
	export SEESAY_KERNELS SEESAY_THREADS
	run 0 help search
	run 0 man
	run 0 version
	refuse 2 'SEESAY_THREADS' net list
	unset SEESAY_THREADS
	refuse 2 'no kernels called' net list
	unset SEESAY_KERNELS
	refuse 2 "did you mean 'search'" serch pics.idx
	refuse 2 "did you mean 'learn'" help lern
	refuse 2 'did you mean --json' search pics.idx car --jsn
	refuse 2 'command comes first' --json search
	refuse 2 'there is no command' skipgram text
	check "a word of fastText's is known" \
		grep -q 'words TEXT -o FILE --model fasttext --skipgram' err
	run 0 completion bash
	have bash && completion_bash
	run 0 completion zsh
	have zsh && check "completion: zsh without compinit" \
		env HOME="$PWD" zsh -fc '. ./out; test $_comps[seesay] = _seesay'
	run 0 completion fish
	have fish && check "completion: fish has verbs" sh -c \
		'HOME=$PWD fish -c ". ./out; complete -C \"seesay words n\"" |
			grep -q "^near"'
	refuse 2 'a shell is needed' completion csh
	run 0 man
	mv out seesay.1
	have groff && check "man page: groff warns of nothing" sh -c \
		'test -z "$(groff -ww -mdoc -Tascii seesay.1 2>&1 >/dev/null)"'
	if have mandoc; then
		check "man page: nothing to lint" \
			mandoc -T lint -W warning seesay.1
	else
		echo "skipped: mandoc is not here"
	fi
}

# The lines that matter come first; the net and the tensors with -v.
info() {
	run 0 info pics.idx
	check "info: six lines" sh -c 'head -n 6 out | cut -c 1-10 | tr -d " " |
		tr "\n" , | grep -q "^file,kind,pictures,words,dimensions,holds,$"'
	check "info: how many" grep -qx 'pictures    400' out
	check "info: dimensions" grep -qx 'dimensions  32' out
	check "info: the net is counted" grep -q 'lines: -v shows' out
	check "info: no tensors" not grep -q image_center out
	run 0 info -v pics.idx
	check "info -v: tensors" grep -q image_center out
	check "info -v: the net" grep -q ' = conv ' out
	run 0 words posts.st -o again.st -e 3 --progress=plain --restart
	check "progress: the last line has the time taken" \
		grep -q '100%.*  in [0-9]*:[0-9][0-9]$' err
	check "progress: no time is left at the end" \
		not grep -q '100%.* left' err
}

# ---- questions and answers ---------------------------------------------------

json_is_valid() {
	python3 -c 'import json, sys; json.load(open(sys.argv[1], "rb"))' "$1"
}

lines_are_json() {
	python3 -c 'import json, sys
n = [json.loads(line) for line in open(sys.argv[1], "rb")]
sys.exit(not n)' "$1"
}

json() {
	if ! have python3; then
		echo "skipped: python3 is not here to read JSON"
		return
	fi
	run 0 search pics.idx beach zzzz '"park tree"' --skip-unknown --json
	check "search --json is JSON" json_is_valid out
	run 0 search pics.idx beach --json --stats
	check "search --json --stats is JSON" json_is_valid out
	check "search --json --stats has its fields" \
		grep -Eq '"stats": .*"scored": [0-9]+, "read_bytes": [0-9]+' out
	run 1 search pics.idx beach --min-score 2 --json
	check "search --json with nothing found is JSON" json_is_valid out
	run 0 eval space.st posts.st --json
	check "eval --json is JSON" json_is_valid out
	run 0 info --json --verify pics.idx
	check "info --json is JSON" json_is_valid out
	run 0 net info tiny --json
	check "net info --json is JSON" json_is_valid out
	run 0 net bench tiny --layers --train --repeat 5 --json
	check "net bench --json is JSON" json_is_valid out
	check "net bench --layers: each layer's best is not above its median" \
		sh -c 'tr "{" "\n" <out | grep "\"name\"" >layers &&
		test -s layers && ! sed "s/.*forward_ms\":\([^,]*\),.*backward_ms\":\([^,]*\),.*best_ms\":\([^,}]*\).*/\1 \2 \3/" layers |
		awk "NF != 3 || \$3 > (\$1 + \$2) * 1.000001 { bad = 1 } END { exit !bad }"'
	refuse 1 '1 MB are allowed' net info googlenet --batch 32 --memory 1M
	run 0 words info words.st --json
	check "words info --json is JSON" json_is_valid out
	run 0 words near words.st beach --json
	check "words near --json is JSON" json_is_valid out
	run 0 words posts.st -o lda.st --model lda -d 5 -e 3
	run 0 words topics lda.st -k 3 --json
	check "words topics --json is JSON" json_is_valid out
	run 0 words topics lda.st -k 3
	check "words topics has a line a topic" test "$(wc -l <out)" -eq 5
	refuse 1 'only lda has topics' words topics words.st
	run 0 index space.st posts.st -o again.idx --progress=json
	grep '^{' err >progress
	check "--progress=json is JSON, a line each" lines_are_json progress
}

# Names that are not UTF-8 come back whole from --json, and as IMG_n.
odd_names() {
	odd=$(printf 'caf\351.png')
	mkdir odd
	cp "$(find folder -name '*.png' | head -n 1)" "odd/$odd" 2>err || {
		echo "skipped: no such names here"
		return
	}
	run 0 index space.st odd -o odd.idx
	run 0 search odd.idx beach --json
	check "--json: the bytes of a path" \
		grep -q '"path_hex": "636166e92e706e67"' out
	run 0 search odd.idx IMG_1 --json
	check "IMG_n of such a name" grep -q '"path_hex": "636166e9' out
	run 0 search odd.idx 'id:"caf\xE9.png"' -f
	refuse 1 'nothing found' search pics.idx beach --min-score 9 --split val
	run 1 search odd.idx beach --split val
	check "--split of an index that has none" grep -q 'split' err
}

files_for_pipes() {
	run 0 posts posts.st --export folder
	run 0 index space.st folder -o folder.idx
	run 0 search folder.idx car -k 7 -f
	check "-f: seven lines" lines 7 out
	mv out found
	while read -r path; do
		check "-f: '$path' is a file" test -f "$path"
	done <found
	run 0 search folder.idx car -k 7 -0
	tr '\0' '\n' <out >lines
	check "-0: the same, ended by 0 bytes" cmp lines found
	run 0 search pics.idx car -k 9
	mv out of_dataset
	run 0 search folder.idx car -k 9
	check "exported and read again: the same answers" cmp out of_dataset
}

previous_and_pictures() {
	run 0 search pics.idx beach --json -k 3
	id=$(best_id)
	run 0 search pics.idx IMG_1 --json -k 3
	check "IMG_1 is the first of the last result" \
		test "$(best_id)" = "$id"
	run 0 search pics.idx "[IMG_1] - snow" -k 3
	run 0 search pics.idx "id:\"$id\"" --json -k 3
	check "id: finds the picture itself" test "$(best_id)" = "$id"
	score=$(best_score)
	run 0 search pics.idx "@\"folder/$id.png\"" --json -k 3
	check "@file: the same picture" test "$(best_id)" = "$id"
	check "@file: the same score" test "$(best_score)" = "$score"
	run 0 search pics.idx -k 4 -- -beach
	mv out minus
	run 0 search pics.idx -k 4 --query=-beach
	check "-- and --query: the same answers" cmp out minus
	"$S" search pics.idx -- -beach -k >out 2>err
	check "--: an option after it is named" \
		grep -q "'-k' is part of the query" err
	run 0 search pics.idx beach -k 400 --split test
	check "--split: a twentieth to a fifth of all" \
		sh -c 'n=$(wc -l <out); test "$n" -ge 20 -a "$n" -le 80'
	run 0 search pics.idx a car on the beach '&' sea -k 2
	check "a sentence: what is left out is said" \
		grep -q "^stop words are left out: 'a', 'on', 'the'" err
	check "a sign without letters, too" grep -q "no word: '&'" err
	run 0 search pics.idx beach no car -k 2
	check "a word that negates: the sign is named" \
		grep -q "'no' does not negate: write -car" err
	refuse 1 "is a stop word" search pics.idx the
	refuse 1 "'zzzz' is not" search pics.idx beach/zzzz
	run 0 search pics.idx beach/zzzz -k 1 --skip-unknown --json
	check "JSON: a part that is not known" \
		grep -q '"text": "zzzz".*"known": false' out
	check "JSON: the folder of the paths" grep -q '^ "root": ""' out
	for word in "$id" "$id.png"; do
		run 0 search pics.idx "id:\"$word\"" --json -k 1
		check "id: $word" test "$(best_id)" = "$id"
	done
	cp "folder/$id.png" '12"vinyl.png'
	for name in '12"vinyl.png' '"12\"vinyl.png"' '"12""vinyl.png"'; do
		run 0 search pics.idx "@$name" --json -k 1
		check "@$name" test "$(best_id)" = "$id"
	done
	run 0 search pics.idx "@12\"vinyl.png" --json -k 1
	text=$(sed -n 's/.*"text": "\(.*\)", "kind".*/\1/p' out | sed 's/\\\(.\)/\1/g')
	run 0 search pics.idx "$text" --json -k 1
	check "a term as JSON has it can be asked again" \
		test "$(best_id)" = "$id"
	refuse 2 'a search takes one index' search pics.idx folder.idx beach
	refuse 2 'a search takes one index' search pics.idx 'folder/'"$id.png"
	check "a picture file: a hint" grep -q "hint: @folder" err
	refuse 1 'the previous result has 1 picture$' search pics.idx IMG_99
	refuse 1 'the previous result has' search pics.idx IMG_99999
	rm -rf state/seesay
	refuse 1 'IMG_1' search pics.idx IMG_1
}

# ---- what is refused ---------------------------------------------------------

usage() {
	run 2 search pics.idx
	check "a hint" grep -q '^hint: seesay search' err
	refuse 2 'is a space without pictures' search space.st car
	refuse 2 'out of range' search pics.idx car -k 0
	refuse 2 'do not go together' search pics.idx car -f --json
	refuse 1 'cancel each other' search pics.idx car-car
	refuse 1 'cancel each other' words near words.st car-car
	refuse 1 'cancel each other' words analogy words.st car-car
	refuse 2 'never closed' search pics.idx '((car'
	refuse 2 'no kernels called' search pics.idx car --kernels abacus
	refuse 2 'multiple of 8' posts world:10 -o x.st --size 17
	refuse 2 'not a number of scenes' posts world:many -o x.st
	refuse 2 'is a dataset already' posts posts.st -o x.st
	refuse 2 'two files and -o' learn posts.st words.st
	refuse 2 'one input and -o' words posts.st
	refuse 2 'a space, a source and -o' index space.st posts.st
}

not_there() {
	refuse 1 'not in the vocabulary' search pics.idx beahc
	check "close words are named" grep -q '^hint: .*beach' err
	refuse 1 'nothing found' search pics.idx beach --min-score 2
	refuse 1 'nothing found' search pics.idx beach --min-score 2 --split val
	check "the split is named" grep -q '^hint: .*--split val' err
	refuse 1 "no picture 'nobody'" search pics.idx id:nobody
	refuse 1 'no picture file' search pics.idx @nothing.jpg
	refuse 1 'cancel each other' search pics.idx beach-beach
	refuse 1 "cannot open 'nothing.idx'" search nothing.idx beach
	refuse 1 "'nothing'" posts nothing -o x.st
	refuse 1 "cannot open 'nothing.st'" learn nothing.st words.st -o x.st
	refuse 1 "cannot open 'nothing.st'" learn posts.st nothing.st -o x.st
	refuse 1 "no 'nothing'" index space.st nothing -o x.idx
	refuse 1 'nothing/x.st' words posts.st -o nothing/x.st
	refuse 1 'not a regular file' words posts.st -o /dev/null
	check "nothing was written" sh -c '! ls x.* 2>/dev/null'
}

wrong_and_damaged() {
	refuse 3 'seesay posts file, not a seesay space' search posts.st car
	refuse 3 'seesay words file, not' learn words.st words.st -o x.st
	refuse 3 'seesay posts file, not a seesay words' \
		learn posts.st posts.st -o x.st
	refuse 3 'not a safetensors file' info seesay.1
	bytes=$(wc -c <pics.idx)
	for keep in 0 5 100 $((bytes / 2)) $((bytes - 1)); do
		dd if=pics.idx of=cut.idx bs=1 count="$keep" 2>dd.err
		refuse 3 cut.idx search cut.idx beach
		refuse 3 cut.idx info cut.idx
		refuse 3 cut.idx index cut.idx posts.st -o x.idx
	done
	{ cat pics.idx; echo; } >long.idx
	refuse 3 long.idx search long.idx beach
	# a header of 40 bytes, whose metadata would clear the screen
	printf '(\0\0\0\0\0\0\0{"__metadata__":{"k":"a\302\233b\342\200\256c\\u001bd"}}' \
		>controls.st
	run 0 info controls.st
	check "info: controls are shown, not sent" \
		grep -qF 'a\u009Bb\u202Ec\x1Bd' out
	cp space.st flipped.st
	printf '\377\377\377\377' |
		dd of=flipped.st bs=1 seek=$(($(wc -c <space.st) - 200)) \
		conv=notrunc 2>dd.err
	refuse 3 flipped.st info --verify flipped.st
	run 0 net init tiny -o weights.st
	cp weights.st nan.st
	printf '\377\377\377\377' |
		dd of=nan.st bs=1 seek=$(($(wc -c <nan.st) - 4)) \
		conv=notrunc 2>dd.err
	refuse 3 'is not finite or too large' net run tiny -w nan.st -i weights.st -o x.st
	{
		printf 'P\0\0\0\0\0\0\0'
		printf '%-80s' '{"input":{"dtype":"F32","shape":[1,16,16,3],"data_offsets":[0,3072]}}'
		head -c 3072 /dev/zero
	} >pictures.st
	{
		head -c 2000 pictures.st
		printf '\377\377\377\377'
		tail -c +2005 pictures.st
	} >nan.st
	refuse 3 "number 478 of tensor 'input' is not finite" \
		net run tiny -w weights.st -i nan.st -o x.st
	check "nothing was written" sh -c '! ls x.* 2>/dev/null'
	run 0 net run tiny -w weights.st -i pictures.st -o y.st
	run 0 info --json y.st
	check "net run: one row" grep -q '"output"' out
}

# ---- equal bytes -------------------------------------------------------------

# same NAME OPTION...: all four files again, with the same bytes
same() {
	name=$1
	shift
	run 0 posts world:400 -o same.posts --size 24 "$@"
	check "$name: the same posts" cmp posts.st same.posts
	# shellcheck disable=SC2086
	run 0 words posts.st -o same.words $WORDS "$@"
	check "$name: the same words" cmp words.st same.words
	# shellcheck disable=SC2086
	run 0 learn posts.st words.st -o same.space $LEARN "$@"
	check "$name: the same space" cmp space.st same.space
	run 0 index space.st posts.st -o same.idx "$@"
	check "$name: the same index" cmp pics.idx same.idx
	run 0 search pics.idx beach - car --json "$@"
	check "$name: the same answer" cmp out answer
}

same_bytes() {
	run 0 search pics.idx beach - car --json
	mv out answer
	same "1 thread" --threads 1
	same "3 threads" --threads 3
	for k in $("$S" version | sed -n 's/^kernels in this build: //p'); do
		"$S" net list --kernels "$k" >/dev/null 2>&1 &&
			same "$k kernels" --kernels "$k"
	done
}

# ---- killed, and going on ----------------------------------------------------

# end_child SIGNAL STATUS: the child must end so
end_child() {
	kill -s "$1" "$child" 2>/dev/null
	ended "$command: ended by $1" "$2"
}

# stop_and_go FILE ARGUMENT...: killed twice, asked to end once, then going on:
# the file is the one that an undisturbed run makes
stop_and_go() {
	file=$1 command=$2
	shift
	run 0 "$@" -o "whole.$file"
	for signal in KILL KILL TERM; do
		"$S" "$@" -o "$file" >child.out 2>child.err </dev/null &
		child=$!
		check "$command: gets to a checkpoint" until_saved "$file"
		if [ "$signal" = TERM ]; then
			"$S" "$@" -o "$file" >out 2>err
			check "$command: one writer at a time" grep -q \
				"another seesay is writing '$file'" err
			end_child TERM 75
		else
			end_child KILL 137
		fi
		check "$command: nothing half done" test ! -e "$file"
	done
	check "$command: says how to go on" grep -q 'run .*again to resume' \
		child.err
	run 0 "$@" -o "$file"
	check "$command: resumes" grep -q "^resuming '$file" err
	check "$command: the same as undisturbed" cmp "$file" "whole.$file"
	check "$command: leaves only the file" \
		test "$(echo "$file"*)" = "$file"
}

# Long enough that it is seen at a checkpoint, however busy the machine; builds
# under a sanitizer are slower.
going_on() {
	epochs=240
	grep -q '__[at]san_init' "$S" && epochs=60
	stop_and_go going.words words posts.st --dim 64 --min-count 2 \
		--epochs $((40 * epochs)) --checkpoint-every 0.05
	stop_and_go going.space learn posts.st words.st --net tiny \
		--epochs $epochs --checkpoint-every 0.05
	cp words.st going.space.checkpoint
	echo killed >going.space.checkpoint.tmp.99999999
	rm going.space
	refuse 3 'cannot resume.*is a seesay words file' learn posts.st \
		words.st -o going.space --net tiny --epochs 2
	check "learn: a strange checkpoint stays" \
		cmp words.st going.space.checkpoint
	run 0 learn posts.st words.st -o going.space --net tiny --epochs 2 \
		--restart
	check "learn: it is gone afterwards, and what a killed one left" \
		sh -c '! ls going.space.* 2>/dev/null'
}

# ---- no room -----------------------------------------------------------------

# keeps_old FILE COMMAND...: must fail, say why, and leave FILE as it was
keeps_old() {
	file=$1
	shift
	cp "$file" before
	"$@" >out 2>err </dev/null
	check "$*: status 1, not $?" test $? -eq 1
	check "$*: says which file" grep -q "^seesay: .*'$file" err
	check "$*: the old file is whole" cmp "$file" before
	check "$*: leaves nothing beside it" \
		test -z "$(find . -name '*.tmp.*' -o -name '*.lock')"
}

# At most 4 or 8 KB (shells differ): none of the files is so small.
limited() {
	(ulimit -f 8 && exec "$S" "$@")
}

as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups ./bin "$@"
	else
		./bin "$@"
	fi
}

full_disk() {
	echo old >x.st
	keeps_old x.st limited posts world:50 -o x.st --size 24
	keeps_old x.st limited words posts.st -o x.st --epochs 2
	keeps_old x.st limited learn posts.st words.st -o x.st --net tiny \
		--epochs 1
	keeps_old x.st limited index space.st posts.st -o x.st
	keeps_old x.st limited index space.st folder -o x.st
	if [ ! -c /dev/full ]; then
		echo "skipped: there is no /dev/full"
		return
	fi
	for c in "search pics.idx car" "search pics.idx car -0" man \
		"eval space.st posts.st" "words near words.st car" \
		"info pics.idx" "help learn" "posts posts.st --stats"; do
		# shellcheck disable=SC2086
		"$S" $c >/dev/full 2>err
		check "$c: output that is lost is status 1, not $?" \
			test $? -eq 1
		check "$c: and is told" grep -q 'cannot write' err
	done
}

read_only() {
	mkdir locked
	cp words.st locked
	cp "$S" bin
	chmod 755 . bin
	chmod 644 ./*.st locked/*
	chmod 555 locked
	if ! as_nobody version >out 2>err; then
		echo "skipped: the superuser may write everywhere"
		return
	fi
	set -- -o locked/words.st
	keeps_old locked/words.st as_nobody posts world:9 "$@"
	keeps_old locked/words.st as_nobody words posts.st "$@"
	keeps_old locked/words.st as_nobody learn posts.st words.st "$@" \
		--net tiny --epochs 1
	keeps_old locked/words.st as_nobody index space.st posts.st "$@"
	check "read-only folder: nothing came to it" \
		test "$(ls -A locked)" = words.st
}

the_road
help_and_version
info
json
files_for_pipes
odd_names
previous_and_pictures
usage
not_there
wrong_and_damaged
same_bytes
going_on
full_disk
read_only
echo "cli: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
