/*
 * decoder_wire.c - whole records over sockets, and a descriptor along with one.
 */
#include "image/decoder_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int decoder_wire_read(int fd, void *data, size_t bytes)
{
	unsigned char *at = data;

	while (bytes) {
		ssize_t n = read(fd, at, bytes);
		if (n == 0 || (n < 0 && errno != EINTR))
			return -1;
		if (n < 0)
			continue;
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

int decoder_wire_write(int fd, const void *data, size_t bytes)
{
	const unsigned char *at = data;

	while (bytes) {
		ssize_t n = write(fd, at, bytes);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n < 0)
			continue;
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* Room for the ancillary data of one descriptor, aligned as it must be. */
union passing {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

int decoder_wire_order_send(int fd, const struct wire_order *o, int passed)
{
	struct wire_order copy = *o;
	struct iovec part = { &copy, sizeof(copy) };
	union passing with;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = with.room, .msg_controllen = sizeof(with.room)
	};
	ssize_t n;
	int flags = 0;

#ifdef MSG_NOSIGNAL
	flags = MSG_NOSIGNAL;
#endif
	memset(&with, 0, sizeof(with));
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &passed, sizeof(int));
	do
		n = sendmsg(fd, &message, flags);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(copy) ? 0 : -1;
}

int decoder_wire_order_receive(int fd, struct wire_order *o, int *passed)
{
	struct iovec part = { o, sizeof(*o) };
	union passing with;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = with.room, .msg_controllen = sizeof(with.room)
	};
	ssize_t n;

	do
		n = recvmsg(fd, &message, 0);
	while (n < 0 && errno == EINTR);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(passed, CMSG_DATA(c), sizeof(int));
	return n == (ssize_t)sizeof(*o) ? 0 : -1;
}
