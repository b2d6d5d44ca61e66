/*
 * commands.h - all commands, in the order that help shows them, and the verbs
 * of words: one line each.
 *
 * COMMAND(x) stands for `const struct opt_command cmd_x`, VERB_OF_WORDS(x) for
 * cmd_words_x.
 */
COMMAND(posts)
COMMAND(words)
COMMAND(learn)
COMMAND(join)
COMMAND(index)
COMMAND(search)
COMMAND(eval)
COMMAND(demo)
COMMAND(study)
COMMAND(net)
COMMAND(info)
COMMAND(help)
COMMAND(version)
COMMAND(completion)
COMMAND(man)

VERB_OF_WORDS(near)
VERB_OF_WORDS(analogy)
VERB_OF_WORDS(vector)
VERB_OF_WORDS(caption)
VERB_OF_WORDS(score)
VERB_OF_WORDS(info)
VERB_OF_WORDS(topics)
VERB_OF_WORDS(import)
VERB_OF_WORDS(export)
