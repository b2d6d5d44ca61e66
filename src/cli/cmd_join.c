/* cmd_join.c - seesay join: several spaces as one. */
#include "cli/cli.h"
#include "joint/joined.h"

struct join_options {
	struct opt_given given;
	const char *output, *weights;
};

#define AT(field) offsetof(struct join_options, field)
static const struct opt options[] = {
	OPT("output", 'o', OPT_STRING, AT(output), "FILE",
	    "the space to write (needed)", .also = "out"),
	OPT("weights", 'w', OPT_STRING, AT(weights), "W,W...",
	    "weight of each space's scores; default: all are equal"),
	OPT_END
};

static int cmd_join_run(const void *values, int count, char **operands,
			struct error *e)
{
	const struct join_options *given = values;
	const struct joined_options o = {
		.spaces = (const char *const *)operands,
		.count = (size_t)count, .weights = given->weights,
		.out = given->output,
	};
	struct machine *machine;

	if (count < 2 || !given->output) {
		fail(e, ERROR_USAGE, "two spaces or more and -o are needed");
		return hint(e, "seesay join a.safetensors b.safetensors "
			    "-o both.safetensors");
	}
	if (cli_machine(&machine, e) < 0)
		return e->code;
	return joined_write(&o, machine, e);
}

const struct opt_command cmd_join = {
	.name = "join",
	.operands = "SPACE SPACE... -o FILE",
	.purpose = "join spaces over the same pictures to one: scores add",
	.text =
	"The score of the joined space is the weighted mean of its parts'\n"
	"scores, and its answers are exact.  Parts of different kinds find\n"
	"more together than each alone.  A word that one part does not know\n"
	"is asked of the others.  A trunk that all parts have is kept once.\n"
	"\n"
	"  seesay join cca.safetensors learned.safetensors \\\n"
	"      -o both.safetensors --weights 1,1",
	.options = options,
	.size = sizeof(struct join_options),
	.run = cmd_join_run,
};
