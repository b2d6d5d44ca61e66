/*
 * fuzz.h - what fuzz targets share: bytes as a file that can be opened by name,
 * and a main that replays files.
 *
 * tools/fuzz.sh builds and runs the targets.  Without the fuzzer, with
 * -DREPLAY, a target takes the files it is given.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* A file of its own for each `which` (0 .. 3); it lies in memory on Linux, and
 * the name holds until the next call with the same one. */
static const char *fuzz_file(int which, const void *data, size_t bytes)
{
	static struct {
		int fd;
		char path[64];
	} files[4];
	int *fd = &files[which].fd;
	char *path = files[which].path;

	if (!*path) {
		*fd = -1;
#ifdef SYS_memfd_create
		*fd = (int)syscall(SYS_memfd_create, "fuzz", 0);
		snprintf(path, sizeof(files[which].path), "/proc/self/fd/%d",
			 *fd);
#endif
	}
	if (*fd < 0) {
		snprintf(path, sizeof(files[which].path), "/tmp/fuzz.XXXXXX");
		*fd = mkstemp(path);
	}
	if (*fd < 0 || ftruncate(*fd, 0) < 0 ||
	    pwrite(*fd, data, bytes, 0) != (ssize_t)bytes)
		bug("cannot write '%s'", path);
	return path;
}

#ifdef REPLAY
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct error e = {0};
		struct file_view v;

		if (file_view_open(&v, argv[i], &e) < 0)
			return 1;
		LLVMFuzzerTestOneInput(v.data, v.bytes);
		file_view_close(&v);
	}
	(void)fuzz_file;
	return 0;
}
#endif

#endif
