#!/bin/sh
# cli_options.sh BUILD - every option of every verb: each changes the result
# or is known to change only time and talk; no other verb's option is taken;
# what cannot matter beside the others is refused.  Ends with "cli_options: N
# passed, M failed".
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$root/tests/check.sh"
begin "${1:-build}"
XDG_STATE_HOME=$t/state
export XDG_STATE_HOME
SEESAY_QUIET=1
export SEESAY_QUIET
: >tried

# ---- tools -------------------------------------------------------------------

# options_of VERB...: the names in its help, without those of all commands
options_of() {
	"$S" help "$@" | sed -n '/^options:/,/^options of every/s/^  \(-.,\|   \) --\([a-z0-9-]*\).*/\2/p'
}

# Each verb on a line: "words", "words near", ...
verbs() {
	"$S" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' |
		while read -r c; do
			echo "$c"
			"$S" help "$c" |
				sed -n "/^verbs:/,/^'/s/^  \\([a-z]*\\) .*/$c \\1/p"
		done
}

# result COMMAND...: all it prints and writes (r*), in one file
result() {
	rm -rf r r.*
	"$S" "$@" >out 2>err </dev/null || return
	cat out >result
	find r r.* -type f 2>/dev/null | sort | while read -r f; do
		echo "$f"
		cat "$f"
	done >>result
}

# base VERB ARGUMENT...: what the options below are added to; VERB is parted
# from its arguments by a comma
base() {
	verb=$1
	shift
	arguments=$*
	# shellcheck disable=SC2086
	check "$verb $arguments" result $verb $arguments
	cp result base
}

try() {
	echo "$verb --$1" >>tried
	option=$1
	shift
	# shellcheck disable=SC2086
	check "$verb $arguments --$option $*" result $verb $arguments \
		"--$option" "$@"
}

changes() {
	try "$@"
	check "$verb --$*: changes the result" not cmp -s base result
}

keeps() {
	try "$@"
	check "$verb --$*: leaves the result" cmp base result
}

# needed OPTION: the base has it, and is nothing without it
needed() {
	echo "$verb --$1" >>tried
	stripped=$(echo " $arguments" | sed "s/ -[-a-z]* *r[^ ]*//")
	# shellcheck disable=SC2086
	run 2 $verb $stripped
}

# refused OPTION...: not beside what the base has
refused() {
	# shellcheck disable=SC2086
	run 2 $verb $arguments "$@"
	check "$verb $*: names it" grep -q -e "${1%%=*}" err
}

# ---- the posts and files that the verbs work on --------------------------------

text() {
	awk 'BEGIN { for (i = 0; i < 60; i++) print "the dogs", "w" i % 7, \
		"running on a beach w" i % 5, "near", "x" i % 11, \
		"yellow dog w" i % 3 }' >text
	printf 'dog\ndogs\n' >stops
	printf 'image,caption,keyword\n' >table.csv
}

files() {
	text
	run 0 posts world:160 -o posts.st --size 16
	run 0 words text -o words.st --min-count 1 -e 2 -d 4
	run 0 words text -o more.st --min-count 1 -e 3 -d 4
	run 0 words posts.st -o space.words --min-count 2 -e 5 -d 8
	run 0 words posts.st -o lda.st --model lda -d 3 -e 2 --min-count 2
	run 0 learn posts.st space.words -o space.st --net tiny -e 1
	run 0 learn posts.st space.words -o other.st --net tiny -e 2
	run 0 index space.st posts.st -o pics.idx
	run 0 posts posts.st --export folder
	run 0 net init tiny -o weights.st --dim 8
	run 0 words export words.st -o words.npy --words words.list
	run 0 words export words.st -o glove.bin --format glove-bin \
		--words glove.list
	{
		printf 'P\0\0\0\0\0\0\0'
		printf '%-80s' '{"input":{"dtype":"F32","shape":[1,16,16,3],"data_offsets":[0,3072]}}'
		head -c 3072 /dev/zero
	} >pictures.st
}

# ---- words -------------------------------------------------------------------

train() {
	base words text -o r.st --min-count 1 -e 2 -d 4
	needed output
	changes model word2vec
	changes dim 5
	changes window 2
	changes epochs 3
	changes min-count 9
	changes rate 0.01
	changes two-tables
	changes seed 2
	changes init more.st
	changes clean seed
	changes stop stops
	changes stem
	keeps memory 1M
	keeps tmpdir "$t"
	keeps checkpoint-every 0
	keeps restart
	for o in rate-end negatives subsample min-n max-n buckets chunk; do
		refused "--$o" 1
	done
	refused --skipgram
	refused --split all
	base words text -o r.st --min-count 1 -e 2 -d 4 -m word2vec
	changes rate-end 0.02
	changes skipgram
	changes negatives 2
	changes subsample 0.5
	refused --two-tables
	refused --rate-end 0.9
	base words text -o r.st --min-count 1 -e 2 -d 4 -m fasttext
	changes min-n 4
	changes max-n 4
	changes buckets 50
	refused --min-n 9
	base words text -o r.st --min-count 1 -e 2 -d 4 -m lda
	changes chunk 7
	for o in window rate min-n; do
		refused "--$o" 1
	done
	refused --init words.st
	base words posts.st -o r.st --min-count 1 -e 2 -d 4
	changes split all
}

look() {
	base 'words near' words.st dog
	changes count 2
	changes json
	base 'words analogy' words.st dog-beach+near
	changes count 2
	changes json
	base 'words info' words.st
	changes json
	base 'words topics' lda.st
	changes count 2
	changes json
	base 'words vector' words.st dog
	changes json
	base 'words caption' words.st dog beach
	changes caption mean
	changes json
	base 'words caption' lda.st beach
	refused --caption mean
	printf 'dog yellow 3\nbeach near 2\nrunning dog 1\n' >pairs
	printf 'w1 w2 w3 w4\nw0 x1 x2 x3\ndog w1 x4 x5\nnear x6 x7 w5\n' >analogies
	base 'words score' words.st analogies
	try measure mul
	changes json
	base 'words score' words.st pairs
	refused --measure mul
}

others() {
	base 'words import' words.npy -o r.st --words words.list
	needed output
	changes clean seed
	keeps format npy
	refused --tensor vectors
	refused --no-context
	base 'words import' glove.bin -o r.st --words glove.list \
		--format glove-bin
	# what it leaves out: cli_vectors.sh
	run 0 words import glove.bin -o r.st --words glove.list --format \
		glove-bin --no-context
	echo 'words import --context' >>tried
	echo 'words import --words' >>tried
	base 'words import' words.st -o r.st --format safetensors --tensor \
		vectors --words words.list
	echo 'words import --tensor' >>tried
	run 0 words export words.st -o words.txt
	base 'words import' words.txt -o r.st
	refused --words words.list
	base 'words export' words.st -o r.txt
	needed output
	changes format word2vec
	refused --words r.list
	base 'words export' words.st -o r.npy --words r.list
	needed words
}

# ---- pictures ------------------------------------------------------------------

learn() {
	base learn posts.st space.words -o r.st --net tiny -e 1
	needed output
	changes init other.st
	echo "learn --net" >>tried
	refuse 2 "64x64" learn posts.st space.words -o r.st --net compact
	changes augment none
	changes augment mirror,rotate=8,cast=10
	refuse 2 "from 0 to 45" learn posts.st space.words -o r.st \
		--net tiny --augment rotate=99
	refused --freeze relu1
	changes loss triplet
	changes caption mean
	changes compare seed
	changes epochs 2
	changes batch 8
	changes rate 0.5
	changes momentum 0
	changes decay 0.5
	changes schedule step
	refused --step-every 1
	refused --beta1 0.5
	changes seed 2
	keeps memory 8M
	keeps checkpoint-every 0
	refused --margin 3
	refused --negatives soft
	# what it drops: cli.sh
	keeps restart
	base learn posts.st space.words -o r.st --net tiny -e 1 --init other.st
	changes freeze relu1
	base learn posts.st space.words -o r.st --net tiny -e 1 --loss triplet
	changes margin 0.1
	changes negatives soft
	changes normalise unit
	refused --draws 3
	base learn posts.st space.words -o r.st --net tiny -e 1 \
		--loss triplet --negatives best
	changes draws 3
	base learn posts.st space.words -o r.st --net tiny -e 1 --loss infonce
	changes temperature 1
	changes fixed-temperature
	refused --margin 3
	trunks
	solves
	texts
	base learn posts.st lda.st -o r.st --net tiny -e 1
	refused --caption mean
}

trunks() {
	base learn posts.st space.words -o r.st -e 1 --net tiny
	refused --views 2
	refused --hidden 3
	base learn posts.st space.words -o r.st -e 2 --trunk weights.st
	echo 'learn --trunk' >>tried
	refused --net tiny
	changes views 2
	changes hidden 3
	changes dropout 0.5
	keeps features own.features
	check "learn --features: the file is there" test -s own.features
	run 3 learn posts.st space.words -o r.st -e 2 --trunk weights.st \
		--views 7 --features own.features
}

solves() {
	base learn posts.st space.words -o r.st --trunk weights.st
	changes solve ridge
	base learn posts.st space.words -o r.st --trunk weights.st --solve ridge
	changes picture-ridge 3
	changes caption mean
	changes views 1
	refused --text-ridge 1
	refused --bag-words 100
	refused --epochs 3
	base learn posts.st -o r.st --trunk weights.st --solve cca
	changes picture-ridge 3
	changes text-ridge 3
	changes bag-words 12
	changes correlations 3
	refused --caption mean
	run 2 learn posts.st -o r.st --solve cca
	joins
}

joins() {
	run 0 learn posts.st -o cca.st --trunk weights.st --solve cca
	run 0 learn posts.st space.words -o ridge.st --trunk weights.st \
		--solve ridge
	base join cca.st ridge.st -o r.st
	needed output
	changes weights 1,3
	refused --weights 1,x
	run 2 join cca.st -o r.st
}

texts() {
	base learn posts.st space.words -o r.st --net tiny -e 2
	changes text table
	refused --dim 4
	refused --word-dropout 0.5
	base learn posts.st space.words -o r.st --net tiny -e 2 --loss infonce
	cp r.st learned.st
	run 0 words near learned.st dog
	changes text branch
	changes text words
	changes dim 4
	changes word-dim 4
	changes word-dropout 0.5
	changes text-hidden 4
	changes text-dropout 0.5
	changes text fixed
	changes optimiser adam
	changes clip 0.01
	changes warm-up 0.5
	refused --power 2
	refused --compare seed
	base learn posts.st space.words -o r.st --net tiny -e 2
	changes power 0.5
	keeps measure loss
	refused --patience 1
	base learn posts.st space.words -o r.st --net tiny -e 3 -r 3 \
		--loss infonce --text fixed --optimiser sgd \
		--schedule poly --measure loss --keep best
	changes keep last
	changes validate-every 2
	changes patience 1
	base learn posts.st space.words -o r.st --net tiny -e 2 \
		--optimiser adam --schedule step
	changes beta1 0.5
	changes beta2 0.5
	changes epsilon 0.1
	changes step-every 1
	changes step-factor 0.5
	refused --momentum 0.5
	refused --power 2
	base learn posts.st space.words -o r.st --net tiny -e 2 \
		--loss infonce --text words
	refused --word-dim 4
	run 2 learn posts.st space.words -o r.st --text table --compare seed
	run 2 learn posts.st space.words -o r.st --loss triplet \
		--negatives best --text table
}

pictures() {
	base index space.st posts.st -o r.idx
	needed output
	changes split test
	changes root elsewhere
	base index space.st folder -o r.idx
	refused --root elsewhere
	refused --split test
	base eval space.st posts.st
	changes split test
	changes json
	base search pics.idx beach
	changes count 2
	changes min-score 0.5
	changes explain
	changes json
	changes files
	changes null
	changes page r.html
	changes split test
	refused --files --json
	refused --explain --files
	echo 'search --stats' >>tried
	run 0 search pics.idx beach --stats --json
	check "search --stats tells what was read" grep -q '"scored"' out
	echo 'search --skip-unknown' >>tried
	run 1 search pics.idx beach zzzzz
	run 0 search pics.idx beach zzzzz --skip-unknown
	echo 'search --query' >>tried
	run 0 search pics.idx --query=-beach
	run 2 search pics.idx beach --query=-beach
}

posts() {
	base posts folder -o r.st --size 16
	needed output
	printf 'one dog\ntwo dogs\n' >"folder/$(ls folder | grep txt | head -n 1)"
	base posts folder -o r.st --size 16
	changes lines
	changes split 50/25/25
	changes size 24
	changes source-name x
	changes license x
	keeps layout folder
	keeps wordless
	keeps keep-repeats
	keeps repeats drop
	keeps strict
	refused --columns image,caption
	refused --root folder
	refused --seed 3
	refused --stats
	refused --export r.d
	base posts world:50 -o r.st --size 16
	changes seed 3
	for o in layout=table root=folder columns=image lines wordless strict \
		keep-repeats repeats=drop source-name=x license=x split=50/25/25 \
		split-lists=x; do
		refused "--$o"
	done
	(cd folder && find . -name '*.png' | sed 's,^\./,,' | sort |
		awk '{ print $0 ",a dog " NR }') >list.csv
	base posts list.csv -o r.st --size 16 --columns image,caption \
		--root folder
	changes columns image,tags
	echo 'posts --root' >>tried
	run 3 posts list.csv -o r.st --columns image,caption
	refused --lines
	head -n 20 list.csv | sed 's/,.*//' >train.txt
	sed -n '21,30s/,.*//p' list.csv >val.txt
	sed -n '31,40s/,.*//p' list.csv >test.txt
	changes split-lists train.txt,val.txt,test.txt
	refused --split 50/25/25 --split-lists train.txt,val.txt,test.txt
	base posts posts.st --stats
	echo 'posts --stats' >>tried
	changes export r.d
	for o in layout=table lines size=16 strict split=50/25/25; do
		refused "--$o"
	done
}

nets() {
	base 'net info' tiny
	changes dim 7
	changes batch 2
	changes json
	base 'net info' googlenet --batch 32
	changes memory 500M
	base 'net bench' tiny
	for o in train layers json; do
		try $o
	done
	for o in batch repeat dim; do
		try $o 3
	done
	refused --memory 20M
	base 'net bench' tiny --train
	try memory 20M
	base 'net init' tiny -o r.st
	needed output
	changes dim 7
	changes seed 3
	base 'net run' tiny --dim 8 -w weights.st -i pictures.st -o r.st
	needed output
	echo 'net run --dim' >>tried
	run 3 net run tiny --dim 9 -w weights.st -i pictures.st -o r.st
	keeps batch 2
	for o in weights input; do
		echo "net run --$o" >>tried
	done
	run 2 net run tiny --dim 8 -i pictures.st -o r.st
	run 2 net run tiny --dim 8 -w weights.st -o r.st
	net_weights
	printf 'x = input h=16 w=16 c=3\ny = dense out=5\n' >fixed.net
	run 0 net info fixed.net
	run 2 net info fixed.net --dim 9
	check "--dim: says that the net has no @dim" grep -q '@dim' err
}

# Weights of another program: zeros.
net_weights() {
	printf '%s\n' 'x = input h=4 w=4 c=3' \
		'a = conv out=1 kernel=3 stride=2 pad=1' \
		'f = dense out=@dim' >w.net
	{
		printf ',\1\0\0\0\0\0\0'
		printf '%-300s' '{"a.weight":{"dtype":"F32","shape":[1,3,3,3],"data_offsets":[0,108]},"a.bias":{"dtype":"F32","shape":[1],"data_offsets":[108,112]},"f.weight":{"dtype":"F32","shape":[2,4],"data_offsets":[112,144]},"f.bias":{"dtype":"F32","shape":[2],"data_offsets":[144,152]}}'
		head -c 152 /dev/zero
	} >zeros.st
	base 'net import' w.net zeros.st --dim 2 -o r.st
	needed output
	changes features
	changes order bgr
	changes mean 3
	changes scale 0.5
	changes padding same
	changes fit squash
	changes licence MIT
	changes source somewhere
	echo 'net import --dim' >>tried
	run 3 net import w.net zeros.st --dim 3 -o r.st
	run 0 net import w.net zeros.st --dim 2 -o zeros.net.st
	run 3 net import w.net zeros.net.st --dim 2 -o r.st
	head -c 400 zeros.st >cut.st
	run 3 net import w.net cut.st --dim 2 -o r.st
	printf 'cat\ndog\n' >two
	base 'net classify' zeros.net.st \
		"$(find folder -name '*.png' -o -name '*.jpg' | sort | head -n 1)"
	changes classes two
	changes top 1
	run 3 net classify zeros.net.st two
	run 3 net classify weights.st two
}

the_rest() {
	base version
	changes licences
	base info weights.st
	changes verify
	changes json
	base demo r -p 400 -e 1 -n tiny
	changes posts 500
	changes size 80
	changes seed 2
	changes dim 32
	changes net compact
	changes epochs 2
	changes rate 0.001
	run 0 demo r -p 400 -e 1 -n tiny --no-keep
	check "demo --no-keep: no posts, words, space" \
		sh -c 'test "$(ls r | tr "\\n" " ")" = "index.html index.safetensors pictures "'
	echo 'demo --keep' >>tried
}

# What takes minutes for each: tested in cli_words.sh and cli_demo.sh, in part.
left_out() {
	echo 'demo --restart' >>tried
	for o in posts seed dim net epochs rate only json restart; do
		echo "study words --$o" >>tried
	done
}

# ---- the walk ------------------------------------------------------------------

all_are_tried() {
	verbs | while read -r v; do
		# shellcheck disable=SC2086
		options_of $v | sed "s/^/$v --/"
	done | sort >known
	sort -u tried >tried.all
	check "every option of every verb is tried" diff known tried.all
}

# Another verb's option, in full, is none of this one's.
walk() {
	sed 's/.*--//' known | sort -u >all
	verbs >verbs.all
	: >walk.bad
	while read -r v; do
		grep "^$v --" known | sed 's/.*--//' >own
		# a name that begins one of its own stands for that
		while read -r o; do
			grep -q "^$o" own || echo "$o"
		done <all >strange
		while read -r o; do
			# shellcheck disable=SC2086
			"$S" $v x "--$o" >out 2>err </dev/null
			test $? -eq 2 && grep -q -e "has no option --$o" err ||
				echo "$v --$o" >>walk.bad
		done <strange
	done <verbs.all
	check "no verb takes another's option" test ! -s walk.bad
	head walk.bad
}

files
train
look
others
learn
pictures
posts
nets
the_rest
left_out
all_are_tried
walk
echo "cli_options: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
