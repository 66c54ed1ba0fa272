#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <string.h>
#include <zmq.h>

#include "link.h"

static void *context, *far, *near;
static struct link_message m;

/* inproc: what one end has sent is there at the other, without a wait. */
static void open_link(void)
{
	struct failure f = { 0 };
	context = zmq_ctx_new();
	far = zmq_socket(context, ZMQ_DEALER);
	cr_assert(eq(int, zmq_bind(far, "inproc://link"), 0));
	cr_assert(eq(int, link_open(context, ZMQ_DEALER, "inproc://link", &f, &near), 0), "%s", f.text);
}

static void close_link(void)
{
	zmq_close(near);
	zmq_close(far);
	zmq_ctx_term(context);
}

TestSuite(link, .init = open_link, .fini = close_link);

static void send_frames(int n, const void *frame, size_t size)
{
	for (int i = 0; i < n; i++)
		cr_assert(eq(int, zmq_send(far, frame, size, i + 1 < n ? ZMQ_SNDMORE : 0), (int)size));
}

Test(link, takes_messages_of_two_frames_only)
{
	static const int frames[] = { 1, 3, 2, 5, 2 };
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++)
		send_frames(frames[i], "abc", 3);
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++)
		cr_expect(eq(int, link_receive(near, &m), frames[i] == 2), "%d frames", frames[i]);
	cr_expect(eq(sz, m.topic_size, 3));
	cr_expect(eq(sz, m.body_size, 3));
	cr_expect(eq(int, link_receive(near, &m), -EAGAIN));
}

Test(link, throws_away_what_it_cannot_hold)
{
	static char large[WIRE_MAX_MESSAGE + 1];
	send_frames(2, large, sizeof(m.topic) + 1);
	cr_expect(eq(int, link_receive(near, &m), 0), "a long topic");
	cr_assert(eq(int, zmq_send(far, "t", 1, ZMQ_SNDMORE), 1));
	cr_assert(eq(int, zmq_send(far, large, sizeof(large), 0), (int)sizeof(large)));
	cr_expect(eq(int, link_receive(near, &m), 0), "a large body");
	send_frames(2, "", 0);
	cr_expect(eq(int, link_receive(near, &m), 1), "and an empty message is one");
	cr_expect(eq(sz, m.body_size, 0));
}

Test(link, compares_the_whole_topic)
{
	static const char *const topics[] = { "intent/m1", "intent/m10", "intent/m", "intent/m1/",
					      "Intent/m1" };
	for (size_t i = 0; i < sizeof(topics) / sizeof(*topics); i++) {
		send_frames(2, topics[i], strlen(topics[i]));
		cr_assert(eq(int, link_receive(near, &m), 1));
		cr_expect(eq(int, link_topic_is(&m, "intent", "m1"), i == 0), "%s", topics[i]);
	}
}

Test(link, sends_two_frames)
{
	char text[16];
	cr_assert(eq(int, link_send(near, "topic", "body!", 5), 0));
	cr_expect(eq(int, zmq_recv(far, text, sizeof(text), ZMQ_DONTWAIT), 5));
	cr_expect(eq(int, memcmp(text, "topic", 5), 0));
	cr_expect(eq(int, zmq_recv(far, text, sizeof(text), ZMQ_DONTWAIT), 5));
	cr_expect(eq(int, memcmp(text, "body!", 5), 0));
	cr_expect(eq(int, zmq_recv(far, text, sizeof(text), ZMQ_DONTWAIT), -1));
}

Test(link, never_waits_to_send)
{
	void *alone = NULL;
	struct failure f = { 0 };
	cr_assert(eq(int, link_open(context, ZMQ_DEALER, "ipc:///nonexistent/socket", &f, &alone), 0), "%s",
		  f.text);
	cr_expect(eq(int, link_send(alone, "topic", "body", 4), -EAGAIN),
		  "nothing queues up for a peer that is away");
	zmq_close(alone);
}

Test(link, refuses_an_endpoint_that_is_none)
{
	struct failure f = { 0 };
	void *s = NULL;
	cr_expect(eq(int, link_open(context, ZMQ_SUB, "127.0.0.1:7101", &f, &s), -EINVAL));
	cr_expect(ne(ptr, strstr(f.text, "127.0.0.1:7101"), NULL), "%s", f.text);
	cr_expect(eq(ptr, s, NULL));
}
