#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "train_classes.h"
#include "train_score.h"

/* The tensor `command` beside the estimate: a number of a class, or -1, for each row. */
static int read_commands(const struct train_input *estimate, int n_classes, struct failure *f, int32_t **ret)
{
	int64_t n = estimate->n_runs * estimate->n_rows;
	const struct tensor *t = tensor_find(estimate->set, "command");
	if (!t || t->dtype != TENSOR_I32 || t->n_dims != 1 || t->shape[0] != n)
		return failure_set(f, -EINVAL,
				   "%s: there is no tensor command, I32 [%lld], as decode writes it",
				   estimate->set->origin, (long long)n);
	int32_t *command = malloc((size_t)n * sizeof(*command));
	if (!command)
		return failure_set(f, -ENOMEM, "out of memory for %lld rows", (long long)n);
	memcpy(command, t->data, (size_t)n * sizeof(*command));
	for (int64_t i = 0; i < n; i++)
		if (command[i] < -1 || command[i] >= n_classes) {
			int r = failure_set(f, -EINVAL, "%s: command of row %lld is %d, not from -1 to %d",
					    estimate->set->origin, (long long)i, command[i], n_classes - 1);
			free(command);
			return r;
		}
	*ret = command;
	return 0;
}

static bool cuts_trial(const struct train_classes *c, int64_t bin)
{
	const int32_t *number = c->trial ? c->trial : c->label;
	return bin > 0 && bin < c->recording.n_bins && number[bin] >= 0 && number[bin] == number[bin - 1];
}

static int print_score(const struct commands_view *v, bool json, struct failure *f)
{
	struct commands_score s;
	int r = commands_score(v, &s);
	if (r < 0)
		return failure_set(f, r, r == -ENOMEM ? "out of memory" : "there is no whole trial to score");
	json_t *all = json_object();
	train_score_add(all, "time_to_command_s", 0, s.time_s);
	train_score_add(all, "correct_first", 0, s.correct_first);
	train_score_add(all, "false_commands_per_min", 0, s.false_per_min);
	train_score_add(all, "bits_per_s", 0, s.bits_per_s);
	json_object_set_new(all, "n_trials", json_integer(s.n_trials));
	json_object_set_new(all, "n_commands", json_integer(s.n_commands));
	json_object_set_new(all, "n_false", json_integer(s.n_false));
	train_score_add(all, "outside_s", 0, s.outside_s);
	return train_score_print(all, json, f);
}

/* Of the rows asked for, without the trials that their ends cut. */
static int score(const struct train_score_request *q, const struct train_classes *c, int32_t *command,
		 struct failure *f)
{
	int64_t from = 0, until = 0;
	int r = train_score_rows(q, c->recording.n_bins, f, &from, &until);
	if (r < 0)
		return r;
	while (from < until && cuts_trial(c, from))
		from++;
	while (until > from && cuts_trial(c, until))
		until--;
	struct commands_view v = { command + from, c->label + from, c->trial ? c->trial + from : NULL,
				   until - from };
	v.bin_s = c->recording.bin_us / 1e6;
	v.guard_bins = (int64_t)(q->guard_s / v.bin_s);
	v.n_classes = c->n_classes - (c->none >= 0);
	return print_score(&v, q->json, f);
}

int train_score_commands(const struct train_score_request *q, const struct train_input *rates,
			 struct failure *f)
{
	struct train_classes truth = { 0 };
	int32_t *command = NULL;
	int r = train_classes_open(q->truth, rates, f, &truth);
	if (r == 0)
		r = read_commands(rates, truth.n_classes, f, &command);
	if (r == 0)
		r = score(q, &truth, command, f);
	free(command);
	train_classes_close(&truth);
	return r;
}
