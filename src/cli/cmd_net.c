/* cmd_net.c - seesay net: the built-in image nets, and the layers of one. */
#include <stdio.h>
#include <string.h>

#include "base/opt.h"
#include "nn/net.h"

static int dim = 100;

static const struct opt options[] = {
	{ "dim", 'd', OPT_INT, &dim, "N",
	  "size of the space, where the net says @dim", 1, 1 << 20 },
	OPT_END
};

static int print(const struct buf *b, struct error *e)
{
	if (fwrite(b->data, 1, b->bytes, stdout) != b->bytes ||
	    fflush(stdout) != 0)
		return fail_errno(e, "cannot write to standard output");
	return 0;
}

static int list(struct error *e)
{
	struct buf names = {0};
	int code = net_names(&names, e);

	for (size_t i = 0; i < names.bytes; i++)
		if (names.data[i] == ' ')
			names.data[i] = '\n';
	if (code == 0)
		code = buf_add(&names, "\n", 1, e);
	if (code == 0)
		code = print(&names, e);
	buf_free(&names);
	return code;
}

static int info(const char *name, struct error *e)
{
	struct buf text = {0}, table = {0};
	struct net *net = NULL;
	int code = net_text(&text, name, e);

	if (code < 0)
		goto done;
	net = net_open((struct str){ text.data, text.bytes }, name,
		       (size_t)dim, e);
	code = net ? net_describe(net, &table, e) : e->code;
	if (code == 0)
		code = print(&table, e);
done:
	net_close(net);
	buf_free(&table);
	buf_free(&text);
	return code;
}

static int cmd_net_run(int count, char **operands, struct error *e)
{
	if (count == 1 && strcmp(operands[0], "list") == 0)
		return list(e);
	if (count == 2 && strcmp(operands[0], "info") == 0)
		return info(operands[1], e);
	fail(e, ERROR_USAGE, "expected 'list' or 'info NET'");
	return hint(e, "seesay net info compact");
}

const struct opt_command cmd_net = {
	.name = "net",
	.operands = "list | info NAME|FILE",
	.purpose = "show the built-in image nets, or the layers of one",
	.text =
	"A net is a text file, one layer a line; data/nets/README.md has the\n"
	"format.  'info' prints each layer's output (height x width x\n"
	"channels), trained parameters and multiply-adds per picture.\n"
	"\n"
	"  seesay net list\n"
	"  seesay net info compact --dim 200\n"
	"  seesay net info my.net",
	.options = options,
	.run = cmd_net_run,
};
