#include "sim_sender.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "sim_socket.h"
#include "sim_wait.h"

struct sim_message {
	int64_t due_ns;
	size_t n;
	void *bytes;
};

int sim_sender_send(struct sim_sender *s, const void *bytes, size_t n, int64_t due_ns)
{
	int r = sim_socket_send(s->socket, s->topic, bytes, n);
	if (r < 0)
		return r;
	s->sent++;
	histogram_record(&s->lateness, clock_now_ns() - due_ns);
	return 0;
}

static int send_first(struct sim_sender *s)
{
	struct sim_message m = s->waiting[0];
	if (!sim_wait_until(m.due_ns))
		return -EINTR;
	s->n_waiting--;
	memmove(s->waiting, s->waiting + 1, (size_t)s->n_waiting * sizeof(m));
	int r = sim_sender_send(s, m.bytes, m.n, m.due_ns);
	free(m.bytes);
	return r;
}

int sim_sender_wait(struct sim_sender *s, int64_t due_ns)
{
	while (s->n_waiting > 0 && s->waiting[0].due_ns <= due_ns) {
		int r = send_first(s);
		if (r < 0)
			return r;
	}
	return sim_wait_until(due_ns) ? 0 : -EINTR;
}

static int make_room(struct sim_sender *s)
{
	if (s->n_waiting < s->room)
		return 0;
	int room = 2 * s->room + 16;
	struct sim_message *more = realloc(s->waiting, (size_t)room * sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->waiting = more;
	s->room = room;
	return 0;
}

int sim_sender_delay(struct sim_sender *s, const void *bytes, size_t n, int64_t due_ns)
{
	int r = make_room(s);
	if (r < 0)
		return r;
	struct sim_message m = {due_ns, n, malloc(n ? n : 1)};
	if (!m.bytes)
		return -ENOMEM;
	memcpy(m.bytes, bytes, n);
	int at = s->n_waiting++;
	for (; at > 0 && s->waiting[at - 1].due_ns > due_ns; at--)
		s->waiting[at] = s->waiting[at - 1];
	s->waiting[at] = m;
	return 0;
}

int sim_sender_flush(struct sim_sender *s)
{
	int r = 0;
	while (r == 0 && s->n_waiting > 0)
		r = send_first(s);
	return r;
}

void sim_sender_finish(struct sim_sender *s)
{
	for (int i = 0; i < s->n_waiting; i++)
		free(s->waiting[i].bytes);
	free(s->waiting);
	s->waiting = NULL;
	s->n_waiting = s->room = 0;
}
