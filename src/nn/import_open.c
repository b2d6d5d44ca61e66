/*
 * import_open.c - a file of weights in any format, and what its readers share.
 *
 * Formats by their first bytes: zip or a pickle (PyTorch), a length and '{'
 * (safetensors), a message of protocol buffers, whose first field tells Caffe
 * (a name, or layers) from ONNX (a version).
 */
#include "nn/net_import.h"

#include <string.h>

#include "base/le.h"
#include "format/floats.h"

enum { MOST_TENSORS = 20000, MOST_NAME = 400 };

static int is_safetensors(const unsigned char *p, size_t bytes)
{
	return bytes >= 9 && p[8] == '{' && le64_get(p) < (uint64_t)1 << 32;
}

static int reader_run(struct import_source *s, struct error *e)
{
	const unsigned char *p = s->view.data;
	size_t bytes = s->view.bytes;

	if (is_safetensors(p, bytes))
		return import_safetensors(s, e);
	if (import_is_pth(p, bytes))
		return import_pth(s, e);
	if (bytes >= 2 && p[0] == 0x08)
		return import_onnx(s, e);
	if (bytes >= 2 && (p[0] == 0x0A || p[0] == 0x12 ||
			   (p[0] == 0xA2 && p[1] == 0x06)))
		return import_caffe(s, e);
	fail(e, ERROR_DATA, "'%s' is in no format of weights that is known",
	     s->path);
	return hint(e, ".safetensors, .pth of PyTorch, .caffemodel and .onnx "
		    "are");
}

/* Words that wrappers put before all names. */
static const char *const wrappers[] = {
	"module.", "model.", "_orig_mod.", "state_dict.", "net.", "backbone."
};

static int all_begin(const struct import_source *s, const char *with)
{
	for (size_t i = 0; i < s->count; i++)
		if (strncmp(s->tensors[i].name, with, strlen(with)) != 0)
			return 0;
	return s->count > 0;
}

static void names_unwrap(struct import_source *s)
{
	for (size_t w = 0; w < ARRAY_LEN(wrappers);) {
		if (!all_begin(s, wrappers[w])) {
			w++;
			continue;
		}
		for (size_t i = 0; i < s->count; i++)
			s->tensors[i].name += strlen(wrappers[w]);
		w = 0;
	}
}

int import_open(struct import_source *s, const char *path, struct error *e)
{
	*s = (struct import_source){ .path = path, .view.fd = -1 };
	if (file_view_open(&s->view, path, e) == 0)
		reader_run(s, e);
	if (!e->code && !s->count)
		fail(e, ERROR_DATA, "'%s' holds no weights", path);
	if (e->code)
		import_source_free(s);
	names_unwrap(s);
	return e->code;
}

void import_source_free(struct import_source *s)
{
	for (size_t i = 0; i < s->owned_count; i++)
		mem_free(s->owned[i]);
	mem_free(s->owned);
	mem_free(s->tensors);
	st_close(s->file);
	file_view_close(&s->view);
	*s = (struct import_source){0};
}

int import_own(struct import_source *s, void *block, struct error *e)
{
	if (mem_grow(&s->owned, &s->owned_room, s->owned_count + 1,
		     sizeof(*s->owned), e) < 0) {
		mem_free(block);
		return e->code;
	}
	s->owned[s->owned_count++] = block;
	return 0;
}

struct import_tensor *import_add(struct import_source *s, struct str module,
				 const char *ending, struct error *e)
{
	struct import_tensor *t;
	size_t bytes = strlen(ending);
	char *name;

	if (s->count == MOST_TENSORS || module.bytes > MOST_NAME) {
		fail(e, ERROR_DATA, "'%s' has more than %d tensors, or a name "
		     "of more than %d bytes", s->path, MOST_TENSORS, MOST_NAME);
		return NULL;
	}
	if (mem_grow(&s->tensors, &s->room, s->count + 1, sizeof(*s->tensors),
		     e) < 0)
		return NULL;
	name = mem_new(module.bytes + bytes + 1, 1, e);
	if (!name || import_own(s, name, e) < 0)
		return NULL;
	if (module.bytes)
		memcpy(name, module.data, module.bytes);
	memcpy(name + module.bytes, ending, bytes);
	t = &s->tensors[s->count++];
	*t = (struct import_tensor){ .name = name, .type = ST_F32 };
	return t;
}

uint64_t import_count(const struct import_tensor *t)
{
	uint64_t count = 1;

	for (int i = 0; i < t->rank; i++)
		count *= t->shape[i];
	return count;
}

void import_floats(float *to, const struct import_tensor *t)
{
	uint64_t count = import_count(t), at[ST_MAX_RANK] = {0}, place = 0;
	size_t size = st_type_bytes(t->type);

	if (!t->strided && count) {
		floats_read(to, t->data, t->type, t->is_big, (size_t)count);
		return;
	}
	for (uint64_t i = 0; i < count; i++) {
		floats_read(to + i, (const char *)t->data + place * size,
			    t->type, t->is_big, 1);
		for (int d = t->rank - 1; d >= 0; d--) {
			place += t->stride[d];
			if (++at[d] < t->shape[d])
				break;
			place -= t->stride[d] * t->shape[d];
			at[d] = 0;
		}
	}
}
