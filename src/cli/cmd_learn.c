/* cmd_learn.c - seesay learn: teach an image net the space of the words. */
#include "base/opt.h"
#include "cli/cli.h"
#include "joint/learn.h"

static struct learn_options learn = {
	.net = "compact", .margin = 1.0f, .epochs = 20, .batch = 64,
	.rate = 0.02f, .momentum = 0.9f, .decay = 2e-4f, .seed = 1,
};
static int loss = LEARN_REGRESS, caption, compare = SPACE_COSINE;
static int schedule = LEARN_POLY;
static float checkpoint_every_s = 60;

static const struct opt options[] = {
	{ "output", 'o', OPT_STRING, &learn.out, "FILE",
	  "the space to write (needed)", 0, 0 },
	{ "net", 'n', OPT_STRING, &learn.net, "NAME|FILE",
	  "image net: a built-in one or a text file", 0, 0 },
	{ "init", 0, OPT_STRING, &learn.init, "FILE",
	  "start from these weights: a space, or a file like net init's", 0, 0 },
	{ "loss", 0, OPT_CHOICE, &loss, "regress|triplet",
	  "sigmoid cross-entropy onto the caption, or soft negatives", 0, 0 },
	{ "margin", 0, OPT_FLOAT, &learn.margin, "M",
	  "margin of the triplet loss", 0, 1e6 },
	{ "caption", 0, OPT_CHOICE, &caption, WORDS_CAPTION_CHOICES,
	  "how a post's words become one vector; auto: tfidf, or mean of words "
	  "without counts", 0, 0 },
	{ "compare", 0, OPT_CHOICE, &compare, "cosine|seed",
	  "how vectors are compared later; seed: as the papers did", 0, 0 },
	{ "epochs", 'e', OPT_INT, &learn.epochs, "N",
	  "times every post is seen", 1, 100000 },
	{ "batch", 'b', OPT_INT, &learn.batch, "N", "posts per step", 2, 4096 },
	{ "rate", 'r', OPT_FLOAT, &learn.rate, "R", "learning rate", 0, 100 },
	{ "momentum", 0, OPT_FLOAT, &learn.momentum, "M", "momentum of SGD",
	  0, 1 },
	{ "decay", 0, OPT_FLOAT, &learn.decay, "D", "weight decay", 0, 1 },
	{ "schedule", 0, OPT_CHOICE, &schedule, "poly|step",
	  "the rate falls linearly to 0, or by 10 at 1/2 and 3/4", 0, 0 },
	{ "memory", 0, OPT_SIZE, &learn.memory_bytes, "SIZE",
	  "room for a step; what does not fit is computed again; 0: no limit",
	  0, 0 },
	{ "seed", 's', OPT_U64, &learn.seed, "N", "seed of all that is drawn",
	  0, 0 },
	{ "checkpoint-every", 0, OPT_FLOAT, &checkpoint_every_s, "S",
	  "seconds between checkpoints; 0: after every step", 0, 1e6 },
	OPT_END
};

static int cmd_learn_run(int count, char **operands, struct error *e)
{
	struct machine *machine;

	if (count != 2 || !learn.out) {
		fail(e, ERROR_USAGE, "two files and -o are needed");
		return hint(e, "seesay learn posts.safetensors "
			    "words.safetensors -o space.safetensors");
	}
	learn.posts = operands[0];
	learn.words = operands[1];
	learn.loss = loss == 1 ? LEARN_TRIPLET : LEARN_REGRESS;
	learn.caption = words_caption_chosen(caption);
	learn.compare = compare == 1 ? SPACE_SEED : SPACE_COSINE;
	learn.schedule = schedule == 1 ? LEARN_STEP : LEARN_POLY;
	learn.checkpoint_every_s = (double)checkpoint_every_s;
	if (cli_machine(&machine, e) < 0)
		return e->code;
	return learn_run(&learn, machine, e);
}

const struct opt_command cmd_learn = {
	.name = "learn",
	.operands = "POSTS WORDS -o SPACE",
	.purpose = "teach an image net to land on the words of the posts",
	.text =
	"Goes through the posts of the train split again and again; each\n"
	"step moves the net so that its output for a picture comes nearer to\n"
	"the vector of the picture's words.  The words model stays as it is.\n"
	"\n"
	"Progress is kept in SPACE.checkpoint: when the program is stopped or\n"
	"killed, run the same command again and the result is the same to the\n"
	"byte.\n"
	"\n"
	"  seesay learn posts.safetensors words.safetensors \\\n"
	"      -o space.safetensors --epochs 40",
	.options = options,
	.run = cmd_learn_run,
};
