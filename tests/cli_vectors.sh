#!/bin/sh
# cli_vectors.sh BUILD - word vectors to other programs' files and back, from
# outside.  Ends with "cli_vectors: N passed, M failed".
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$root/tests/check.sh"
begin "${1:-build}"

awk 'BEGIN { for (i = 0; i < 400; i++) {
	t = i * 7 % 5
	for (j = 0; j < 6; j++) printf "t%dw%d ", t, (i * 5 + j * j) % 7
	print "" } }' >text
run 0 words text -o words.st --dim 12 --min-count 2 --epochs 4 --stop none
"$S" words near words.st t3w1 >near 2>err
printf '\037\213\010\000packed' >words.st.gz

# there_and_back FORMAT NAME OPTION...: exported, imported, exported: the same
there_and_back() {
	format=$1 name=$2
	shift 2
	run 0 words export words.st -o "$name" --format "$format" "$@"
	check "$format: talk is not on standard output" test ! -s out
	cp "$name" first
	run 0 words import "$name" -o back.st "$@"
	run 0 words near back.st t3w1
	check "$format: the same neighbours" cmp out near
	# the bias of a GloVe model is in its own binary only
	[ "$format" = glove-bin ] && return
	run 0 words export back.st -o "$name" --format "$format" "$@"
	# how it was trained, in the first 64 bytes, is not known of what comes back
	[ "$format" = fasttext-bin ] && for f in "$name" first; do
		tail -c +65 "$f" >cut && mv cut "$f"
	done
	check "$format: the same bytes" cmp "$name" first
}

there_and_back glove v.glove
there_and_back word2vec v.word2vec
there_and_back fasttext-vec v.vec
there_and_back word2vec-bin v.bin
there_and_back npy v.npy --words v.list
there_and_back glove-bin v.gbin --words v.vocab
there_and_back fasttext-bin v.model
# a model with n-grams: the same words, seen or not, and so a second time
run 0 words text -o sub.st --model fasttext --dim 12 --min-count 2 \
	--epochs 1 --stop none --buckets 500
"$S" words vector sub.st t3w1 t3w9 >known 2>err
run 0 words export sub.st -o sub.txt
check "what is left behind is said" grep -q 'without the n-grams' err
run 0 words export sub.st -o sub.model --format fasttext-bin
run 0 words import sub.model -o back.st
run 0 words near back.st t3w1
cp out near_back
run 0 words near sub.st t3w1
check "fasttext-bin with n-grams: the same neighbours" cmp out near_back
"$S" words vector back.st t3w1 t3w9 >back 2>err
check "fasttext-bin with n-grams: the same direction" awk '
	{ for (i = 2; i <= NF; i++) {
		if (NR == FNR) a[FNR, i] = $i
		else { ab[FNR] += a[FNR, i] * $i
		       aa[FNR] += a[FNR, i] ^ 2; bb[FNR] += $i ^ 2 } } }
	END { for (k in ab) if (ab[k] < 0.999999 * sqrt(aa[k] * bb[k])) exit 1
	      exit FNR != 2 }' known back
run 0 words export words.st -o by_name.txt
check "the name tells the format" cmp by_name.txt v.glove

"$S" words import - -o piped.st <v.word2vec 2>err
check "from a pipe" cmp piped.st "$(
	"$S" words import v.word2vec -o direct.st 2>err; echo direct.st)"
run 0 words vector words.st t3w1 T1w2
check "vector: lines of the text" \
	sh -c 'sed -n "1{p;q;}" out | grep -qxF -f v.glove'
check "vector: words as the model spells them" grep -q '^t1w2 ' out
run 0 words vector words.st t3w1 --json
check "vector: JSON" grep -q '^{"word":"t3w1","vector":\[.*\]}$' out
run 0 words near words.st -- t3w1 -t3w1 t1w2
for bad in 'a-(b+c)' '2*a' a: a-; do
	refuse 2 'is not an analogy' words analogy words.st "$bad"
done
refuse 3 'is compressed' words words.st.gz -o x.st
run 1 words vector words.st zebra
check "vector: an unknown word" grep -q 'not in the vocabulary' err

# captions: numbers alone, a line each, and the mean is that of its words
run 0 words caption words.st --caption mean 't3w1 t1w2, t3w1'
"$S" words vector words.st t3w1 t1w2 >each 2>err
check "caption: the mean of its words" awk '
	NR == FNR { for (i = 2; i <= NF; i++) s[i - 1] += $i * (3 - FNR); next }
	{ for (i = 1; i <= NF; i++) {
		d = $i - s[i] / 3
		if (d * d > 1e-12) bad = 1 } }
	END { exit bad || NF != 12 }' each out
printf 't3w1 t1w2\n\nzebra\nt1w2' | "$S" words caption words.st - t3w1 \
	>out 2>err
check "caption: every line of standard input" test "$(wc -l <out)" = 5
check "caption: zeros where no word is known" \
	test "$(sed -n 3p out)" = '0 0 0 0 0 0 0 0 0 0 0 0'
check "caption: and a word about it" grep -q '2 captions have no known word' err
printf 't3w1\r\n' | "$S" words caption words.st - --json >out 2>err
check "caption: lines that end in CR LF" grep -q '"caption":"t3w1",' out
mkfifo talk
"$S" words caption words.st - <talk >said 2>err &
child=$!
exec 9>talk
echo t3w1 >&9
until [ -s said ]; do nap; done
kill -s TERM "$child"
ended "caption: a signal at a pipe" 1
exec 9>&-
check "caption: and a word about it" grep -q 'stopped before' err
run 0 words caption words.st t3w1 --json
check "caption: JSON" grep -q '^{"caption":"t3w1","vector":\[.*\]}$' out
refuse 2 'captions are needed' words caption words.st
run 0 words caption direct.st 't3w1 t1w2' --caption mean
cp out mean
run 0 words caption direct.st 't3w1 t1w2'
check "caption: the mean where words are not counted" cmp out mean
run 0 words caption words.st 't3w1 t1w2'
check "caption: tf-idf where they are" not cmp -s out mean
refuse 1 'tf-idf needs it' words caption direct.st t3w1 --caption tfidf
refuse 1 'caption mean does without' words caption direct.st t3w1 \
	--caption paragraph
refuse 1 'have no biases' words caption sub.st t3w1 --caption paragraph
run 0 words text -o doc.st -m doc2vec --dim 8 --min-count 2 --epochs 1 \
	--stop none
run 0 words caption doc.st 't3w1 t1w2'
check "caption: doc2vec infers" awk 'NF != 8 { exit 1 }' out

printf ': one\nt1w1 t1w2 T2w1 t2w2\nt1w1 t1w2 none t2w2\n' >analogies
printf 'a,b,score\r\nt1w1,t1w2,9\r\nt1w1,t3w2,1\r\nt2w1,t2w4,8\r\n' >pairs
run 0 words score words.st analogies pairs
check "score: known and total of a section" grep -Eq '^  one +1 +2  acc' out
check "score: pairs" grep -Eq '^pairs +3 +3  spearman  [01]\.' out
run 0 words score words.st analogies pairs --measure mul --json
check "score: JSON" grep -q '^{"files":.*"measure":"mul".*"spearman":.*}}$' out
run 0 words score words.st analogies analogies
check "score: totals" grep -Eq '^all analogies +2 +4' out
refuse 3 "'text', line 1: neither" words score words.st text
refuse 2 'are needed' words score words.st

refuse 2 'does not give the format' words export words.st -o x
refuse 2 'are read, not written' words export words.st -o x \
	--format safetensors
refuse 2 'vectors but no words' words import v.npy -o x.st
refuse 2 'has no place for the words' words export words.st -o x.npy
refuse 2 'words file already' words import words.st -o x.st
refuse 2 'are needed' words import v.glove
refuse 2 'are needed' words export words.st
refuse 3 'not a known file of word vectors' words import text -o x.st
printf 'a 1 2\nb 3\n' >short
refuse 3 "'short', line 2: expected a word and 2 numbers" words import short -o x.st
head -c 300 v.bin >cut
refuse 3 'ends in word' words import cut -o x.st
check "nothing is left of what failed" test ! -e x.st -a ! -e x -a ! -e x.npy
cp v.glove own
refuse 2 'own' words import own -o own
check "an input is not written over" cmp own v.glove
echo "cli_vectors: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
