#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "recorder.h"

static char base[64], folder[96];
static uv_loop_t loop;
static struct telemetry telemetry;
static struct recorder *recorder;
static int alarms;

static void on_event(void *arg, const struct telemetry_event *e)
{
	(void)arg;
	alarms += e->severity == SEVERITY_ALARM;
}

static void set_up(size_t belt_bytes)
{
	struct failure f = { "" };
	snprintf(base, sizeof(base), "/tmp/bcid-recorder.XXXXXX");
	cr_assert(ne(ptr, mkdtemp(base), NULL));
	snprintf(folder, sizeof(folder), "%s/m1", base);
	uv_loop_init(&loop);
	telemetry.on_event = on_event;
	struct recorder_setup setup = {
		.folder = folder,
		.commit_ns = NS_PER_MS,
		.retry_ns = 10 * NS_PER_MS,
		.belt_bytes = belt_bytes,
		.info = { .version = "1",
			  .rig = "r",
			  .stream = "m1",
			  .kernels = "plain",
			  .n_units = 2,
			  .bin_us = 1000,
			  .bin_wall_ns = 1000000,
			  .clock_speed = 1 },
		.loop = &loop,
		.telemetry = &telemetry,
	};
	cr_assert(eq(int, recorder_create(&setup, &f, &recorder), 0), "%s", f.text);
}

/* The only recording; where there are several, the one that sorts last. */
static void find_file(char ret[300])
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort);
	ret[0] = '\0';
	for (int i = 0; i < n; i++) {
		size_t length = strlen(entries[i]->d_name);
		if (length > 3 && strcmp(entries[i]->d_name + length - 3, ".db") == 0)
			snprintf(ret, 300, "%s/%.180s", folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void tear_down(void)
{
	char command[128];
	recorder_stop(recorder, "the test is over");
	recorder_finish(recorder, clock_now_ns() + 10 * NS_PER_S);
	uv_run(&loop, UV_RUN_NOWAIT); /* what the thread had to tell */
	uv_walk(&loop, (uv_walk_cb)(void (*)(void))uv_close, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect(eq(int, uv_loop_close(&loop), 0));
	recorder_destroy(recorder);
	recorder = NULL;
	snprintf(command, sizeof(command), "rm -r %s", base);
	cr_expect(eq(int, system(command), 0));
}

/* Until the thread has told something, and the loop has heard it. */
static void hear(void)
{
	uv_run(&loop, UV_RUN_ONCE);
}

static bool put_log(const char *text)
{
	void *to;
	struct session_record *r = recorder_claim(recorder, SESSION_LOG, strlen(text) + 1, &to);
	if (!r)
		return false;
	r->log = (struct session_log){ 1, "info", strcpy(to, text) };
	recorder_commit(recorder);
	return true;
}

static void start(void)
{
	struct failure f = { "" };
	cr_assert(eq(int, recorder_start(recorder, &f), 0), "%s", f.text);
}

static void end_session(void)
{
	recorder_stop(recorder, "a stop");
	struct recorder_status status;
	do {
		hear();
		recorder_status(recorder, &status);
	} while (status.closing);
}

struct content {
	int logs, stated, unstated;
	int64_t lost, last_n;
	bool closed, continues;
};

static struct content content_of(const char *path)
{
	struct content c = { 0 };
	struct failure f = { "" };
	struct session_reader *s;
	struct session_record r;
	cr_assert(eq(int, session_open(path, SESSION_ALL, &f, &s), 0), "%s", f.text);
	int e;
	while ((e = session_next(s, &f, &r)) > 0) {
		c.logs += r.kind == SESSION_LOG;
		c.stated += r.kind == SESSION_LOSS && r.loss.stated;
		c.unstated += r.kind == SESSION_LOSS && !r.loss.stated;
		if (r.kind == SESSION_LOSS)
			c.lost += r.loss.last_n - r.loss.first_n + 1;
		c.last_n = r.n;
	}
	cr_assert(eq(int, e, 0), "%s", f.text);
	c.closed = session_how_ended(s)->closed;
	c.continues = *session_info(s)->continues != '\0';
	session_close(s);
	return c;
}

Test(recorder, takes_nothing_while_it_is_off)
{
	set_up(65536);
	cr_expect(not(recorder_is_on(recorder)));
	cr_expect(not(recorder_is_on(NULL)));
	cr_expect(not(put_log("x")));
	tear_down();
}

Test(recorder, stores_what_it_was_given_in_order_and_closes_the_file)
{
	char path[300];
	set_up(65536);
	start();
	for (int i = 0; i < 100; i++)
		cr_assert(put_log("a line"));
	end_session();
	find_file(path);
	struct content c = content_of(path);
	cr_expect(eq(int, c.logs, 100));
	cr_expect(eq(int, c.stated + c.unstated, 0));
	cr_expect(eq(i64, c.last_n, 100));
	cr_expect(c.closed);
	cr_expect(eq(int, alarms, 0));
	tear_down();
}

Test(recorder, begins_again_right_after_a_stop)
{
	struct recorder_status status;
	struct failure f;
	char first[300], second[300];
	set_up(65536);
	start();
	cr_expect(eq(int, recorder_start(recorder, &f), -EALREADY));
	put_log("x");
	hear();
	find_file(first);
	recorder_stop(recorder, "a stop");
	start(); /* while the first is being closed */
	cr_expect(eq(int, recorder_start(recorder, &f), -EALREADY));
	do {
		hear();
		recorder_status(recorder, &status);
	} while (!status.on);
	put_log("y");
	end_session();
	find_file(second);
	cr_expect(ne(str, first, second));
	cr_expect(eq(int, content_of(first).logs, 1));
	cr_expect(eq(int, content_of(second).logs, 1));
	tear_down();
}

Test(recorder, keeps_files_in_each_session)
{
	char path[300], name[160];
	struct failure f = { "" };
	struct session_reader *s;
	void *bytes;
	size_t n;
	set_up(65536);
	snprintf(name, sizeof(name), "%s/model", base);
	FILE *file = fopen(name, "w");
	fputs("weights", file);
	fclose(file);
	struct hash model = hash_of("weights", 7), config = hash_of("conf", 4);
	cr_assert(eq(int, recorder_keep_file(recorder, &model, name), 0));
	cr_assert(eq(int, recorder_keep_bytes(recorder, &config, "bcid.conf", "conf", 4), 0));
	cr_assert(eq(int, recorder_keep_bytes(recorder, &config, "again", "conf", 4), 0));
	unlink(name); /* replaced, as models are: the recorder has it open */
	start();
	put_log("x");
	end_session();
	find_file(path);
	cr_assert(eq(int, session_open(path, SESSION_ALL, &f, &s), 0), "%s", f.text);
	cr_assert(eq(int, session_blob(s, &model, &f, &bytes, &n), 0), "%s", f.text);
	cr_expect(eq(int, memcmp(bytes, "weights", 7), 0));
	free(bytes);
	cr_assert(eq(int, session_blob(s, &config, &f, &bytes, &n), 0), "%s", f.text);
	free(bytes);
	session_close(s);
	tear_down();
}

/* The folder cannot be made: a file is in its place. */
static void block(void)
{
	FILE *file = fopen(folder, "w");
	cr_assert(ne(ptr, file, NULL));
	fclose(file);
}

static void unblock(void)
{
	unlink(folder);
}

Test(recorder, loses_nothing_while_the_disk_refuses_for_a_while)
{
	char path[300];
	set_up(65536);
	block();
	start();
	hear();
	cr_expect(eq(int, alarms, 1));
	for (int i = 0; i < 50; i++)
		cr_assert(put_log("a line"));
	unblock();
	end_session();
	find_file(path);
	struct content c = content_of(path);
	cr_expect(eq(int, c.logs, 50));
	cr_expect(eq(int, c.stated + c.unstated, 0));
	cr_expect(eq(int, alarms, 1), "one alarm for one trouble");
	tear_down();
}

Test(recorder, says_what_is_missing_where_the_disk_refused_for_too_long)
{
	struct recorder_status status;
	char path[300];
	int taken = 0, lost = 0;
	set_up(16384);
	block();
	start();
	hear();
	recorder_at(recorder, 3, 17);
	for (int i = 0; i < 200; i++) {
		if (put_log("a line that takes some room"))
			taken++;
		else
			lost++;
	}
	cr_assert(gt(int, lost, 50));
	unblock();
	do { /* until there is room again */
		recorder_status(recorder, &status);
		sched_yield();
	} while (status.fill > 0);
	cr_expect(put_log("after"));
	cr_expect(recorder_wants_state(recorder));
	cr_expect(not(recorder_wants_state(recorder)));
	recorder_status(recorder, &status);
	cr_expect(eq(u64, status.lost, (uint64_t)lost));
	end_session();
	find_file(path);
	struct content c = content_of(path);
	cr_expect(eq(int, c.logs, taken + 1));
	cr_expect(eq(int, c.stated, 1));
	cr_expect(eq(int, c.unstated, 0));
	cr_expect(eq(i64, c.lost, lost));
	tear_down();
}

Test(recorder, goes_on_in_another_file_where_its_file_was_removed)
{
	struct recorder_status status;
	char first[300], second[300];
	set_up(65536);
	start();
	put_log("x");
	hear();
	find_file(first);
	do
		recorder_status(recorder, &status);
	while (status.recorded < 1);
	unlink(first);
	put_log("y");
	do
		hear();
	while (!recorder_wants_state(recorder));
	end_session();
	find_file(second);
	cr_assert(ne(str, second, ""));
	struct content c = content_of(second);
	cr_expect(eq(int, c.logs, 1));
	cr_expect(c.continues);
	cr_expect(eq(int, c.unstated, 0), "its first number is no hole");
	tear_down();
}

Test(recorder, gives_up_at_the_end_where_the_disk_never_comes_back)
{
	set_up(65536);
	block();
	start();
	hear();
	put_log("x");
	end_session(); /* it does end */
	struct recorder_status status;
	recorder_status(recorder, &status);
	cr_expect(not(status.on));
	cr_expect(eq(u64, status.recorded, 0));
	unblock();
	tear_down();
}
