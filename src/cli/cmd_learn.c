/* cmd_learn.c - seesay learn: teach an image net the space of the words. */
#include "base/opt.h"
#include "cli/cli.h"
#include "joint/learn.h"
#include "joint/solve.h"

struct command_options {
	struct opt_given given;
	struct learn_options learn;
	struct solve_options solve;
	int caption;			/* of words_caption_choices */
};

static void defaults(void *options, int by)
{
	struct command_options *o = options;

	learn_defaults(&o->learn, (enum objective_kind)by);
	solve_defaults(&o->solve);
}

#define AT(field) offsetof(struct command_options, field)
static const struct opt options[] = {
	OPT("output", 'o', OPT_STRING, AT(learn.out), "FILE",
	    "the space to write (needed)", .also = "out"),
	OPT("net", 'n', OPT_STRING, AT(learn.net), "NAME|FILE",
	    "image net: a built-in one or a text file", .kind = OPT_NETS,
	    .needs = "!trunk", .also = "model arch"),
	OPT("init", 0, OPT_STRING, AT(learn.init), "FILE",
	    "initial weights: a space, or a file of 'net init'",
	    .also = "pretrained weights"),
	OPT("freeze", 0, OPT_STRING, AT(learn.freeze), "LAYER",
	    "this layer of the net and all before it stay as --init has them",
	    .kind = OPT_TEXTS, .needs = "init"),
	OPT("augment", 0, OPT_STRING, AT(learn.augment), "LIST",
	    "what is done to pictures while a net learns from them: crop, "
	    "mirror, rotate=DEGREES, rescale=FACTOR, resized=SHARE, "
	    "hsv=PERCENT, cast=LEVELS, with commas; or none"),
	OPT("trunk", 0, OPT_STRING, AT(learn.trunk), "FILE",
	    "weights ('net import') that stay as they are; a small net on "
	    "their features learns", .also = "backbone"),
	OPT("solve", 0, OPT_CHOICE, AT(solve.kind), NULL,
	    "closed form on a trunk's features: ridge regression to WORDS' "
	    "vectors of captions, or canonical correlation with a bag of "
	    "words (cca, without WORDS)", .choices = solve_names,
	    .needs = "trunk"),
	OPT("picture-ridge", 0, OPT_FLOAT, AT(solve.picture_ridge), "R",
	    "ridge of the pictures' covariance, times its mean eigenvalue; "
	    "default: chosen on posts kept aside", .low = 1e-6, .high = 1e6,
	    .needs = "solve=ridge|cca"),
	OPT("text-ridge", 0, OPT_FLOAT, AT(solve.text_ridge), "R",
	    "the same of the texts'", .low = 1e-6, .high = 1e6,
	    .needs = "solve=cca"),
	OPT("bag-words", 0, OPT_INT, AT(solve.bag_words), "N",
	    "most frequent words that make the bag", .low = 2, .high = 20000,
	    .needs = "solve=cca"),
	OPT("correlations", 0, OPT_INT, AT(solve.dim), "N",
	    "dimensions of the space, at most", .low = 1, .high = 20000,
	    .needs = "solve=cca"),
	OPT("views", 0, OPT_INT, AT(learn.views), "N",
	    "views of a picture that a trunk sees: 1, with its mirror 2, with "
	    "crops 7 (default with --solve)", .low = 1, .high = 7,
	    .needs = "trunk"),
	OPT("features", 0, OPT_STRING, AT(learn.features), "FILE",
	    "file for what the trunk gives, made once; default: beside POSTS",
	    .needs = "trunk"),
	OPT("hidden", 0, OPT_INT, AT(learn.hidden), "N",
	    "hidden units between trunk and space; 0: a linear map",
	    .low = 0, .high = 65536, .needs = "trunk"),
	OPT("dropout", 0, OPT_FLOAT, AT(learn.dropout), "P",
	    "dropout of a trunk's features", .high = 0.95, .needs = "trunk"),
	OPT("text", 0, OPT_CHOICE, AT(learn.text), NULL,
	    "texts are WORDS' vectors of captions (fixed), words with new "
	    "vectors that learn (table), or with WORDS' vectors that learn "
	    "(words), or a net that learns on WORDS' (branch)",
	    .choices = learn_text_names),
	OPT("dim", 'd', OPT_INT, AT(learn.dim), "N",
	    "dimensions of the space where texts learn", .low = 2,
	    .high = 65536, .needs = "text=table|words|branch"),
	OPT("word-dim", 0, OPT_INT, AT(learn.word_dim), "N",
	    "dimensions of a new word vector", .low = 1, .high = 65536,
	    .needs = "text=table"),
	OPT("word-dropout", 0, OPT_FLOAT, AT(learn.word_dropout), "P",
	    "share of a text's words that a step leaves out", .high = 0.95,
	    .needs = "text=table|words|branch"),
	OPT("text-hidden", 0, OPT_INT, AT(learn.text_hidden), "N",
	    "hidden units between words and space; 0: a linear map",
	    .low = 0, .high = 65536, .needs = "text=table|words|branch"),
	OPT("text-dropout", 0, OPT_FLOAT, AT(learn.text_dropout), "P",
	    "dropout of a text's sum of words, and of hidden units",
	    .high = 0.95, .needs = "text=table|words|branch"),
	OPT("loss", 0, OPT_CHOICE, AT(learn.loss), NULL,
	    "objective: each dimension of the caption's vector (regress, mse), "
	    "its direction (cosine), farther from others (pairwise, triplet, "
	    "hinge), told from others (infonce, siglip)",
	    .choices = objective_names, .also = "objective criterion"),
	OPT("margin", 0, OPT_FLOAT, AT(learn.settings.margin), "M",
	    "how much nearer than others", .high = 1e6,
	    .needs = "loss=triplet|pairwise|hinge"),
	OPT("negatives", 0, OPT_CHOICE, AT(learn.settings.negatives), NULL,
	    "others that count: all of the batch; one that is farther than "
	    "their mean, as in the papers (soft); the nearest (hardest; "
	    "hinge), the farthest, a random one; the farthest of --draws of "
	    "all posts (best); a word of another caption (word)",
	    .choices = objective_negatives_names,
	    .needs = "loss=triplet|pairwise|hinge"),
	OPT("draws", 0, OPT_INT, AT(learn.settings.draws), "N",
	    "posts that --negatives best takes the farthest of", .low = 1,
	    .high = 1000, .needs = "negatives=best"),
	OPT("normalise", 0, OPT_CHOICE, AT(learn.settings.norm), NULL,
	    "vectors as they are, of unit length, or pictures' through a ReLU "
	    "first", .choices = objective_norm_names,
	    .needs = "loss=triplet|pairwise|hinge", .also = "normalize"),
	OPT("temperature", 0, OPT_FLOAT, AT(learn.settings.temperature), "T",
	    "temperature at first", .low = 0.001, .high = 1000,
	    .needs = "loss=infonce|siglip"),
	OPT("fixed-temperature", 0, OPT_FLAG, AT(learn.settings.fixed), NULL,
	    "the temperature (and siglip's bias) is not learned",
	    .needs = "loss=infonce|siglip"),
	OPT("caption", 0, OPT_CHOICE, AT(caption), NULL,
	    "how a post's words make its vector; auto: tfidf, or the mean "
	    "where the words have no counts", .choices = words_caption_choices),
	OPT("compare", 0, OPT_CHOICE, AT(learn.compare), NULL,
	    "how a search compares vectors; seed: as in the papers",
	    .choices = space_compare_names),
	OPT("epochs", 'e', OPT_INT, AT(learn.epochs), "N",
	    "passes over the posts", .low = 1, .high = 100000,
	    .also = "epoch iter"),
	OPT("batch", 'b', OPT_INT, AT(learn.batch), "N", "posts per step",
	    .low = 2, .high = 4096, .also = "batch-size bs"),
	OPT("rate", 'r', OPT_FLOAT, AT(learn.rate), "R", "learning rate",
	    .high = 100, .also = "lr learning-rate"),
	OPT("optimiser", 0, OPT_CHOICE, AT(learn.optimiser), NULL,
	    "SGD with momentum, Adam, or Adam with decay apart",
	    .choices = optim_names, .also = "optimizer optim"),
	OPT("momentum", 0, OPT_FLOAT, AT(learn.steps.momentum), "M",
	    "momentum of SGD", .high = 1, .needs = "optimiser=sgd"),
	OPT("beta1", 0, OPT_FLOAT, AT(learn.steps.beta1), "B",
	    "Adam's decay of the mean gradient", .high = 0.999999,
	    .needs = "optimiser=adam|adamw"),
	OPT("beta2", 0, OPT_FLOAT, AT(learn.steps.beta2), "B",
	    "Adam's decay of the mean square", .high = 0.999999,
	    .needs = "optimiser=adam|adamw"),
	OPT("epsilon", 0, OPT_FLOAT, AT(learn.steps.epsilon), "E",
	    "added to Adam's root of the mean square", .low = 1e-12, .high = 1,
	    .needs = "optimiser=adam|adamw", .also = "eps"),
	OPT("decay", 0, OPT_FLOAT, AT(learn.steps.decay), "D", "weight decay",
	    .high = 1, .also = "wd weight-decay"),
	OPT("clip", 0, OPT_FLOAT, AT(learn.steps.clip), "L",
	    "longest gradient of all weights together; 0: any", .high = 1e6,
	    .also = "clip-grad grad-clip"),
	OPT("schedule", 0, OPT_CHOICE, AT(learn.schedule), NULL,
	    "the rate decays to 0 as a power of what is left (poly) or as a "
	    "half cosine, or in steps", .choices = schedule_names),
	OPT("power", 0, OPT_FLOAT, AT(learn.power), "P",
	    "power of poly; 1: linear", .high = 100,
	    .needs = "schedule=poly"),
	OPT("step-every", 0, OPT_INT, AT(learn.step_every), "N",
	    "epochs between steps of the rate; 0: at 1/2 and 3/4 of the run",
	    .high = 100000, .needs = "schedule=step"),
	OPT("step-factor", 0, OPT_FLOAT, AT(learn.step_factor), "F",
	    "what a step of the rate multiplies it with", .high = 1,
	    .needs = "schedule=step", .also = "gamma"),
	OPT("warm-up", 0, OPT_FLOAT, AT(learn.warm_up), "P",
	    "share of the steps over which the rate rises first", .high = 0.9,
	    .also = "warmup"),
	OPT("measure", 0, OPT_CHOICE, AT(learn.measure), NULL,
	    "how good the space is now, on posts of split val: their loss, "
	    "the mean of R@10 both ways, or all six recalls together (rsum); "
	    "none: not asked", .choices = measure_names, .also = "validate"),
	OPT("validate-every", 0, OPT_INT, AT(learn.validate_every), "N",
	    "steps between validations; 0: after every epoch",
	    .high = 1000000000, .needs = "measure=loss|r@10|rsum"),
	OPT("keep", 0, OPT_CHOICE, AT(learn.keep_best), NULL,
	    "the space is the last state, or the best of all validations",
	    .choices = learn_keep_names, .needs = "measure=loss|r@10|rsum"),
	OPT("patience", 0, OPT_INT, AT(learn.patience), "N",
	    "stop after so many validations without a better one; 0: never",
	    .high = 1000000, .needs = "measure=loss|r@10|rsum",
	    .also = "early-stop"),
	OPT("memory", 0, OPT_SIZE, AT(learn.memory_bytes), "SIZE",
	    "memory of a training step; what does not fit is recomputed; 0: no "
	    "limit"),
	OPT("seed", 's', OPT_U64, AT(learn.seed), "N",
	    "seed of all random numbers"),
	OPT("checkpoint-every", 0, OPT_DOUBLE, AT(learn.checkpoint_every_s),
	    "S", "seconds between checkpoints; 0: after every epoch",
	    .high = 1e6),
	OPT("restart", 0, OPT_FLAG, AT(learn.restart), NULL,
	    "train from scratch: delete a checkpoint, replace a finished file",
	    .also = "overwrite force"),
	OPT_END
};

/* A closed form has no steps. */
static const char *const not_for_solve[] = {
	"net", "init", "freeze", "augment", "hidden", "dropout", "text", "loss",
	"compare", "epochs", "batch", "rate", "optimiser", "decay", "clip",
	"schedule", "warm-up", "measure", "memory", "seed",
	"checkpoint-every", NULL
};

static int run_solve(const struct command_options *given, int count,
		     char **operands, struct error *e)
{
	struct solve_options o = given->solve;
	struct machine *machine;
	int is_cca = o.kind == SOLVE_CCA;

	if (opt_refuse(options, given, not_for_solve, "--solve", e) < 0)
		return e->code;
	if (is_cca && opt_typed(options, given, "caption"))
		return fail(e, ERROR_USAGE, "--caption is not for --solve "
			    "cca, which has a bag of words");
	if (count != (is_cca ? 1 : 2) || !given->learn.out) {
		fail(e, ERROR_USAGE, is_cca ? "the posts alone and -o are "
		     "needed: cca has a bag of words of its own" :
		     "two files and -o are needed");
		return hint(e, "seesay learn posts.safetensors %s-o "
			    "space.safetensors --solve %s --trunk net.st",
			    is_cca ? "" : "words.safetensors ",
			    solve_names[o.kind]);
	}
	o.posts = operands[0];
	o.words = is_cca ? NULL : operands[1];
	o.out = given->learn.out;
	o.trunk = given->learn.trunk;
	o.features = given->learn.features;
	o.restart = given->learn.restart;
	o.caption = words_caption_chosen(given->caption);
	if (opt_typed(options, given, "views"))
		o.views = given->learn.views;
	if (cli_machine(&machine, e) < 0)
		return e->code;
	return solve_run(&o, machine, e);
}

static int cmd_learn_run(const void *values, int count, char **operands,
			 struct error *e)
{
	const struct command_options *given = values;
	struct learn_options learn = given->learn;
	struct machine *machine;

	if (given->solve.kind)
		return run_solve(given, count, operands, e);
	if (count != 2 || !learn.out) {
		fail(e, ERROR_USAGE, "two files and -o are needed");
		return hint(e, "seesay learn posts.safetensors "
			    "words.safetensors -o space.safetensors");
	}
	if (learn.trunk && opt_typed(options, given, "augment"))
		return fail(e, ERROR_USAGE, "--augment is not for --trunk, "
			    "whose features are made once; --views has crops "
			    "and mirrors");
	if (learn.trunk && learn.freeze)
		return fail(e, ERROR_USAGE, "--freeze is not for --trunk, "
			    "which stays as a whole");
	learn.posts = operands[0];
	learn.words = operands[1];
	learn.caption = words_caption_chosen(given->caption);
	if (cli_machine(&machine, e) < 0)
		return e->code;
	return learn_run(&learn, machine, e);
}

const struct opt_command cmd_learn = {
	.name = "learn",
	.operands = "POSTS [WORDS] -o SPACE",
	.purpose = "teach pictures and words one space",
	.text =
	"Trains on the train split of POSTS.  A step takes a batch of posts and\n"
	"moves a net so that its output for a picture comes nearer to the\n"
	"vector of its words (--loss).  The words' vectors stay as WORDS has\n"
	"them, or learn, too (--text).  The net sees pixels, or the features\n"
	"of a net with weights of its own (--trunk, from 'net import'), which\n"
	"finds real photographs far better.\n"
	"\n"
	"Progress is saved in SPACE.checkpoint.  When the program is stopped\n"
	"or killed, run the same command again to resume; the result is the\n"
	"same to the byte.  A checkpoint of other options is not overwritten:\n"
	"the program lists the options that differ and exits, unless\n"
	"--restart is given.\n"
	"\n"
	"  seesay learn posts.safetensors words.safetensors \\\n"
	"      -o space.safetensors --epochs 40\n"
	"  seesay learn posts.safetensors words.safetensors \\\n"
	"      -o space.safetensors --trunk mobilenet2.st --views 7 \\\n"
	"      --text table --loss infonce --batch 256 --epochs 80 \\\n"
	"      --optimiser adamw --rate 0.001 --dropout 0.5",
	.options = options,
	.size = sizeof(struct command_options),
	.defaults = defaults,
	.vary = "loss",
	.run = cmd_learn_run,
};
