#!/bin/sh
# cli_words.sh BUILD - text models from outside: each learns, answers, carries
# an image net; the study of all of them.  Ends with
# "cli_words: N passed, N failed".
# shellcheck source=tests/check.sh
. "$(dirname "$0")/check.sh"
begin "$1"

captions() {
	i=0
	while [ $i -lt 60 ]; do
		echo "red apple on the table $i"
		echo "green pear by the window"
		echo "a dog runs in the park and the dog barks"
		echo "two cats sleep on the red sofa"
		i=$((i + 1))
	done >text
}

# every_model MODEL: learns, says what it is, finds a word's neighbours
every_model() {
	run 0 words text -o "$1.st" --model "$1" --dim 8 --epochs 3 \
		--min-count 2 --quiet
	run 0 words info "$1.st"
	check "$1: the file says what it is" grep -q "^model *$1\$" out
	run 0 words near "$1.st" apple -k 3
	check "$1: three neighbours" test "$(wc -l <out)" -eq 3
	run 0 words text -o again.st --model "$1" --dim 8 --epochs 3 \
		--min-count 2 --quiet --threads 3
	check "$1: the same bytes" cmp "$1.st" again.st
}

# Words that were never seen: n-grams build them wherever a text is read.
never_seen() {
	run 0 words near fasttext.st appels -k 3
	run 0 words vector fasttext.st appels
	mv out vector
	run 0 words caption fasttext.st --caption mean Appels
	check "a caption of it, mean: its vector" \
		sh -c 'test "appels $(cat out)" = "$(cat vector)"'
	for caption in auto tfidf; do
		run 0 words caption fasttext.st --caption $caption appels
		check "a caption of it, $caption: its vector" \
			sh -c 'test "appels $(cat out)" = "$(cat vector)"'
	done
	refuse 1 'is a stop word' words near fasttext.st The
	refuse 1 'is a stop word' words vector fasttext.st the
	run 0 words near fasttext.st the apple -k 1
	check "a stop word is left out with a note" \
		grep -q "^stop words.*'the'" err
	run 0 words near glove.st a-pple -k 1
	check "a word in hyphens that is one: a note" \
		grep -q "^'a-pple' was taken as one word" err
	run 0 words near glove.st apple-pear -k 1
	check "two words are no such one" test ! -s err
	refuse 1 "'qzqz' is not in the vocabulary" words near glove.st apple qzqz
}

# Words are stems in the file, and in what it is asked
stems() {
	run 0 words text -o stems.st --model glove --dim 8 --epochs 2 --stem \
		--min-count 2 --quiet
	run 0 words info stems.st
	check "stems: the file says so" grep -q '^stem *porter$' out
	run 0 words near stems.st running apples -k 2
	check "stems: two neighbours" test "$(wc -l <out)" -eq 2
	check "stems: not the words asked with" not grep -qE ' (run|appl)$' out
}

# What is not for a model, or no number of one, is refused
refused() {
	refuse 2 'not for --model glove' words text -o no.st --skipgram
	refuse 2 'not for --model lda' words text -o no.st -m lda --window 3
	refuse 2 'did you mean .near' words nears glove.st apple
	refuse 1 'is a stop word' words near stopped.st the
	refuse 2 'was trained with other cleaning' words text -o no.st --dim 8 \
		--init glove.st --stem
	check "nothing was written" test ! -e no.st
}

# a text of long lines is read by a list of all of them, one of short lines by
# every eighth: nine and nine captions, the last without its end
long_lines() {
	sed 's/ [0-9]*$//' text | head -n 20 | tr '\n' ' ' >long
	for lines in 0 1 2 3 4 5 6 7; do
		cat long
		echo
	done >nine
	cat long >>nine
	run 0 words nine -o nine.st --dim 4 --epochs 1 --quiet
	run 0 words info nine.st
	check "nine long captions" grep -q '^documents *9$' out
	head -n 9 text | tr '\n' ';' | sed 's/;$//' | tr ';' '\n' >nine
	run 0 words nine -o nine.st --dim 4 --epochs 1 --min-count 1 --quiet
	run 0 words info nine.st
	check "nine short captions" grep -q '^documents *9$' out
}

# Words that the new text lacks stay; a model that cannot be continued says so.
lacking() {
	awk 'NR > 200 { print } NR % 2 { print "only here" }' text >first
	for model in glove word2vec fasttext; do
		small="-m $model --dim 8 --epochs 1 --min-count 1 --stop none"
		run 0 words first -o first.st $small
		run 0 words text -o second.st $small --init first.st
		run 0 words vector second.st here
		check "$model: --init keeps words" grep -q '^here ' out
	done
	run 0 words text -o topics.st -m lda --dim 4 --min-count 1 --stop none
	refuse 2 'training cannot continue' words text -o x.st --init topics.st
}

# Tokens in a scratch file: the same bytes of every model.
scratch() {
	awk 'BEGIN { for (i = 0; i < 9000; i++) {
		t = i * 7 % 5
		for (j = 0; j < 6; j++) printf "t%dw%d ", t, (i * 5 + j * j) % 7
		print "" } }' >large
	for model in glove word2vec fasttext doc2vec lda; do
		small="words large -m $model --dim 8 --epochs 1 --stop none"
		run 0 $small -o in_memory.st
		run 0 $small -o in_file.st --memory 1M
		check "$model: the same from a scratch file" \
			cmp in_memory.st in_file.st
		refuse 1 'no_such_folder' $small -o none.st --memory 1M \
			--tmpdir no_such_folder
	done
}

study() {
	run 0 study words study --quiet --posts 400 --epochs 1 --net tiny \
		--only 'GloVe tf'
	check "study: a row of four cells" \
		grep -qE '^GloVe tf-idf( +[0-9.]+/[0-9.]+/[0-9.]+){4}' out
	check "study: chance" grep -q '^random' out
	run 0 study words study --quiet --posts 400 --epochs 1 --net tiny \
		--only 'GloVe tf' --json
	check "study: four cells as JSON" \
		test "$(grep -c '"row":"GloVe tf-idf"' out)" -eq 4
	refuse 2 'no row has' study words study --posts 400 --net tiny \
		--only nothing
	refuse 2 "'study' needs a command" study
}

captions
long_lines
every_model glove
every_model word2vec
every_model fasttext
every_model doc2vec
every_model lda
never_seen
stems
run 0 words text -o stopped.st --dim 8 --epochs 1 --min-count 2 --quiet
refused
lacking
scratch
study
echo "cli_words: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
