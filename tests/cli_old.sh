#!/bin/sh
# cli_old.sh BUILD - files of every kind as an older program wrote them
# (tests/old/README.md): what is still read gives the old answers, and nothing
# that this program would make otherwise is taken for its own.
# Ends with "cli_old: N passed, M failed".
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"
begin "${1:-build}"
cp "$here"/old/* . || exit 1
words="--dim 4 --min-count 1 --stop none"
net="--net least.net --batch 4"

# ---- what is read gives the old answers --------------------------------------

run 0 posts posts.st --stats
check "posts: all are there" grep -q '16' out
for model in glove word2vec fasttext doc2vec lda two-tables; do
	run 0 info --verify $model.st
	run 0 words near $model.st beach -k 5
	check "near of the old $model" cmp out near.$model
done
run 0 search index.st beach
check "search of the old index" cmp out search
run 0 words caption doc2vec.st 'a dog on the beach'
run 0 words topics lda.st

# Vectors for other programs, and back.
for file in glove.txt word2vec.txt word2vec.bin fasttext.bin; do
	run 0 words import $file -o imported.st
	run 0 words near imported.st beach -k 5
	case $file in
	word2vec.bin) check "near of $file" cmp out near.word2vec ;;
	fasttext.bin) check "near of $file" cmp out near.fasttext ;;
	*) check "near of $file" cmp out near.glove ;;
	esac
	rm imported.st
done
run 0 words import vectors.npy --words vectors.words -o imported.st
run 0 words near imported.st beach -k 5
check "near of vectors.npy" cmp out near.glove

# Spaces are asked and indexed; seed.st holds raw outputs, whose index is no use.
for space in regress triplet seed; do
	run 0 index $space.st posts.st -o new.$space.st --split all
	run 0 search new.$space.st beach
	run 0 eval $space.st posts.st
done
check "the new index answers as the old one" sh -c \
	'"$1" search new.regress.st beach | cmp - search' - "$S"
refuse 3 'gives all queries the same pictures' search seed-index.st beach
check "what to do is said" grep -q '^hint: index the space again' err

# As a beginning they serve: the run is today's, and says from what it began.
run 0 words posts.st -o from.st $words --epochs 1 --init glove.st
run 0 learn posts.st glove.st -o from.space $net --epochs 1 --init weights.st
run 0 learn posts.st glove.st -o from.space $net --epochs 1 --init regress.st

# ---- what was not finished is not gone on with --------------------------------

# not_resumed FILE COMMAND...
not_resumed() {
	file=$1
	shift
	cp "$file.checkpoint" kept
	refuse 2 "was made by another version of seesay.*numerics 0, not" \
		"$@" -o "$file" --epochs 90000
	check "$1: what to do is said" \
		grep -q '^hint: finish it with that version.*--restart' err
	check "$1: the checkpoint stays" cmp "$file.checkpoint" kept
	run 0 "$@" -o "$file" --epochs 1 --restart
	check "$1: nothing is beside" test "$(echo "$file"*)" = "$file"
}

not_resumed stopped.words words posts.st $words
not_resumed stopped.space learn posts.st glove.st $net

# ---- what was finished is not taken for a result of today ----------------------

cp glove.st old.words
run 0 words posts.st -o old.words $words --epochs 2
check "words: another version made it" grep -q \
	"'old.words' was made by another version of seesay; .*replace it" err
run 0 info old.words
check "words: today's says its version" grep -q '^  numerics  ' out
for loss in regress triplet; do
	run 0 learn posts.st glove.st -o $loss.st $net --epochs 2 --loss $loss
	check "learn: another version made $loss" \
		grep -q "was made by another version of seesay" err
	run 0 learn posts.st glove.st -o $loss.st $net --epochs 2 --loss $loss
	check "learn: $loss is today's now" grep -q 'is already what' err
done
echo "cli_old: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
