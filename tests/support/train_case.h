/* train_case: a folder, recordings in it, and bcitrain's commands run as from a shell, for Criterion. */
#pragma once

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "safetensors.h"

static char train_folder[] = "/tmp/bcid-train-XXXXXX";
static struct safetensors *train_open[8];
static int train_n_open;

static inline void train_begin(void)
{
	cr_assert(mkdtemp(train_folder) != NULL);
	cr_assert(freopen("/dev/null", "w", stdout) != NULL);
}

static inline int train_files(void)
{
	DIR *d = opendir(train_folder);
	int n = 0;
	for (struct dirent *e = readdir(d); e; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static inline void train_end(void)
{
	char command[64];
	while (train_n_open)
		safetensors_close(train_open[--train_n_open]);
	snprintf(command, sizeof(command), "rm -rf %s", train_folder);
	cr_expect(eq(int, system(command), 0));
}

/* The path of a file in the folder; eight at a time. */
static inline const char *train_path(const char *name)
{
	static char paths[8][PATH_MAX];
	static int next;
	char *path = paths[next++ % 8];
	snprintf(path, PATH_MAX, "%s/%s", train_folder, name);
	return path;
}

static inline void train_write(const char *name, const struct tensor *tensors, int n,
			       const struct tensor_note *notes, int n_notes)
{
	struct failure f = { 0 };
	struct tensor_set set = { "memory", tensors, n, notes, n_notes };
	cr_assert(eq(int, safetensors_write(train_path(name), &set, &f), 0), "%s", f.text);
}

/* Words of `line` as arguments; a word that starts with '@' is a file of the folder. */
static inline int train_run(int (*command)(int, char **, struct failure *), const char *line,
			    struct failure *f)
{
	char words[1000], *argv[64] = { "bcitrain" };
	int argc = 1;
	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok(words, " "); word && argc < 63; word = strtok(NULL, " "))
		argv[argc++] = *word == '@' ? (char *)train_path(word + 1) : word;
	argv[argc] = NULL;
	return command(argc, argv, f);
}

/* The data of a tensor of a file, which stays open until train_end(). */
static inline const float *train_read(const char *name, const char *tensor, int n_dims, const int64_t *shape)
{
	struct safetensors *s;
	struct failure f = { 0 };
	const float *data = NULL;
	cr_assert(lt(int, train_n_open, 8));
	cr_assert(eq(int, safetensors_open(train_path(name), &f, &s), 0), "%s", f.text);
	cr_assert(eq(int, tensor_f32(safetensors_tensors(s), tensor, n_dims, shape, &f, &data), 0), "%s",
		  f.text);
	train_open[train_n_open++] = s;
	return data;
}

/* The last line that a command says on stdout, which it must end without a failure. */
static inline const char *train_said(int (*command)(int, char **, struct failure *), const char *line)
{
	static char text[2000];
	struct failure f = { 0 };
	cr_assert(freopen(train_path("said"), "w", stdout) != NULL);
	cr_assert(eq(int, train_run(command, line, &f), 0), "%s: %s", line, f.text);
	fflush(stdout);
	FILE *file = fopen(train_path("said"), "r");
	cr_assert(file != NULL);
	while (fgets(text, sizeof(text), file))
		;
	fclose(file);
	return text;
}
