#include "ctl_record.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "clock.h"
#include "ctl_message.h"
#include "ctl_status.h"
#include "ctl_text.h"
#include "session.h"

#define PATH_SIZE 1024

static int order(struct ctl *c, bool on, struct failure *f)
{
	Bcid__V1__Record record = BCID__V1__RECORD__INIT;
	Bcid__V1__Request q = BCID__V1__REQUEST__INIT;
	int r = ctl_command_choose_stream(c, true, f);
	if (r < 0)
		return r;
	record.stream = (char *)c->stream;
	record.on = on;
	q.what_case = BCID__V1__REQUEST__WHAT_RECORD;
	q.record = &record;
	return ctl_command_ask(c, &q, f, &c->reply);
}

int ctl_record_start(struct ctl *c, struct failure *f)
{
	return order(c, true, f);
}

int ctl_record_stop(struct ctl *c, struct failure *f)
{
	return order(c, false, f);
}

int ctl_record_status(struct ctl *c, struct failure *f)
{
	int r = ctl_command_choose_stream(c, true, f);
	const Bcid__V1__Status *s = c->seen->status;
	json_t *streams = json_object();
	for (size_t i = 0; r == 0 && i < s->n_streams; i++) {
		const Bcid__V1__StreamStatus *one = s->streams[i];
		if (*c->stream && strcmp(c->stream, one->name) != 0)
			continue;
		if (c->options->json) {
			json_object_set_new(streams, one->name,
					    one->record ? ctl_message_json(&one->record->base) : json_null());
		} else {
			printf("%s\n", one->name);
			ctl_status_print_record(one);
		}
	}
	if (r == 0 && c->options->json)
		ctl_message_print(json_pack("{s:O}", "streams", streams));
	json_decref(streams);
	return r;
}

/* ---- what there is ---- */

struct found {
	char path[PATH_SIZE];
	int64_t bytes;
	char error[200]; /* "": it can be read */
	struct session_info info;
	struct session_end end;
	int64_t bins, losses, first_ns, last_ns;
};

/* With what is still in its journal. */
static int64_t bytes_of(const char *path)
{
	char journal[PATH_SIZE + 8];
	struct stat st;
	int64_t n = stat(path, &st) == 0 ? st.st_size : 0;
	snprintf(journal, sizeof(journal), "%s-wal", path);
	return n + (stat(journal, &st) == 0 ? st.st_size : 0);
}

static void look_into(struct found *found)
{
	struct session_reader *r = NULL;
	struct failure f = { "" };
	int e = session_open(found->path, 0, &f, &r);
	if (e == 0) {
		found->info = *session_info(r);
		found->end = *session_how_ended(r);
		e = session_count(r, SESSION_BIN, &f, &found->bins);
	}
	if (e == 0)
		e = session_count(r, SESSION_LOSS, &f, &found->losses);
	if (e == 0)
		e = session_span(r, &f, &found->first_ns, &found->last_ns);
	session_close(r);
	if (e < 0)
		snprintf(found->error, sizeof(found->error), "%.199s", f.text);
}

static const char *state_of(const struct found *found)
{
	return *found->error ? "unreadable" : found->end.closed ? "closed" : "open";
}

static void print_found(const struct found *found)
{
	char date[32] = "", length[CTL_DURATION_SIZE] = "";
	time_t second = found->info.started_unix_ns / NS_PER_S;
	struct tm t;
	if (*found->error) {
		printf("%s\n  UNREADABLE: %s\n", found->path, found->error);
		return;
	}
	gmtime_r(&second, &t);
	strftime(date, sizeof(date), "%F %T", &t);
	ctl_text_duration(found->last_ns - found->first_ns, length);
	printf("%s\n  %s, %s, %lld bins, %.1f MB, %s%s\n", found->path, date, length, (long long)found->bins,
	       (double)found->bytes / 1e6, found->end.closed ? found->end.why : "open, or ended by a crash",
	       found->losses ? ", WITH LOSSES" : "");
}

static json_t *found_json(const struct found *found)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:f, s:I, s:I, s:b, s:s, s:s}", "file", found->path,
			 "stream", found->info.stream, "rig", found->info.rig, "state", state_of(found),
			 "started_unix_ns", (json_int_t)found->info.started_unix_ns, "seconds",
			 (double)(found->last_ns - found->first_ns) / 1e9, "bins", (json_int_t)found->bins,
			 "bytes", (json_int_t)found->bytes, "losses", found->losses > 0, "ended_why",
			 found->end.why, "error", found->error);
}

static int is_recording(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);
	return n > 3 && strcmp(entry->d_name + n - 3, ".db") == 0;
}

/* Sorted by name, which is by time. */
static int list_folder(struct ctl *c, const char *folder, json_t *list, struct failure *f)
{
	static struct found found;
	struct dirent **entries;
	int n = scandir(folder, &entries, is_recording, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : failure_set(f, -EIO, "%s: %s", folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		found = (struct found){ 0 };
		snprintf(found.path, sizeof(found.path), "%s/%s", folder, entries[i]->d_name);
		found.bytes = bytes_of(found.path);
		look_into(&found);
		if (c->options->json)
			json_array_append_new(list, found_json(&found));
		else
			print_found(&found);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static int list_all(struct ctl *c, json_t *list, struct failure *f)
{
	char folder[PATH_SIZE];
	if (c->options->folder)
		return list_folder(c, c->options->folder, list, f);
	int r = ctl_command_choose_stream(c, true, f);
	for (size_t i = 0; r == 0 && i < c->seen->status->n_streams; i++) {
		const char *name = c->seen->status->streams[i]->name;
		if (*c->stream && strcmp(c->stream, name) != 0)
			continue;
		snprintf(folder, sizeof(folder), "%s/%s", c->seen->status->state_dir, name);
		r = list_folder(c, folder, list, f);
	}
	return r;
}

int ctl_record_list(struct ctl *c, struct failure *f)
{
	json_t *list = json_array();
	int r = list_all(c, list, f);
	if (r == 0 && c->options->json)
		ctl_message_print(json_pack("{s:O}", "recordings", list));
	json_decref(list);
	return r;
}
