#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "bcitrain.h"
#include "metrics.h"
#include "tensor.h"
#include "train_classes.h"
#include "train_input.h"
#include "train_score.h"

/* What is scored: rows of both files, one beside the other. */
struct score {
	struct train_input truth, rates;
	bool estimate;  /* kinematics, not spikes */
	int64_t lead;   /* row t of rates is about row t + lead of the truth */
	float *numbers; /* behind the view */
	struct metrics_view view;
};

static int read_rows(const struct train_input *in, int64_t from, int64_t n, struct failure *f, float *to)
{
	for (int64_t i = 0; i < n; i++) {
		int64_t row = from + i;
		int r = train_input_row(in, row / in->n_rows, row % in->n_rows, f, to + i * in->n_columns);
		if (r < 0)
			return r;
	}
	return 0;
}

int train_score_lead(const struct train_input *rates, struct failure *f, int64_t *ret)
{
	long horizon = 0, lag = 0;
	int r = tensor_note_int(rates->set, "horizon_bins", 0, 1000, 0, f, &horizon);
	if (r == 0)
		r = tensor_note_int(rates->set, "lag_bins", -100, 100, 0, f, &lag);
	if (r < 0)
		return r;
	bool own = strcmp(rates->tensor->name, "rates") == 0 || strcmp(rates->tensor->name, "estimate") == 0;
	*ret = own ? horizon + lag : 0;
	return 0;
}

static int check_shapes(const struct score *s, struct failure *f)
{
	int64_t truth = s->truth.n_runs * s->truth.n_rows, rates = s->rates.n_runs * s->rates.n_rows;
	if (truth == rates && s->truth.n_columns == s->rates.n_columns)
		return 0;
	return failure_set(f, -EINVAL, "%s:%s is %lld x %d, %s:%s is %lld x %d", s->truth.set->origin,
			   s->truth.tensor->name, (long long)truth, s->truth.n_columns, s->rates.set->origin,
			   s->rates.tensor->name, (long long)rates, s->rates.n_columns);
}

/* "0.85" of all rows, "1200b" = row; as recordings are cut. */
static int read_position(const char *text, int64_t n_rows, int64_t fallback, struct failure *f, int64_t *ret)
{
	char *end;
	double value = text ? strtod(text, &end) : 0;
	if (!text)
		*ret = fallback;
	else if (end != text && !*end && value >= 0 && value <= 1)
		*ret = (int64_t)floor(value * (double)n_rows);
	else if (end != text && strcmp(end, "b") == 0 && value >= 0 && value <= (double)n_rows &&
		 value == floor(value))
		*ret = (int64_t)value;
	else
		return failure_set(f, -EINVAL,
				   "\"%.40s\" is neither a fraction (0.85) nor a row (1200b) of %lld", text,
				   (long long)n_rows);
	return 0;
}

int train_score_rows(const struct train_score_request *q, int64_t n_rows, struct failure *f,
		     int64_t *ret_from, int64_t *ret_until)
{
	int64_t from = 0, until = 0;
	int r = read_position(q->from, n_rows, 0, f, &from);
	if (r == 0)
		r = read_position(q->until, n_rows, n_rows, f, &until);
	if (r < 0)
		return r;
	*ret_from = from;
	*ret_until = until;
	return 0;
}

/* Pairs (row of rates, row of truth) whose truth lies in from .. until, within one run. */
static int pair_rows(struct score *s, int64_t from, int64_t until, struct failure *f)
{
	int64_t n_rows = s->truth.n_runs * s->truth.n_rows, n = 0, columns = s->truth.n_columns;
	float *truth = malloc((size_t)(2 * n_rows * columns) * sizeof(*truth)),
	      *rates = truth + n_rows * columns;
	s->numbers = truth;
	if (!truth)
		return failure_set(f, -ENOMEM, "out of memory for %lld rows", (long long)n_rows);
	for (int64_t t = from; t < until; t++) {
		int64_t row = t - s->lead;
		if (row < 0 || row >= n_rows || row / s->truth.n_rows != t / s->truth.n_rows)
			continue;
		int r = read_rows(&s->truth, t, 1, f, truth + n * columns);
		if (r == 0)
			r = read_rows(&s->rates, row, 1, f, rates + n * columns);
		if (r < 0)
			return r;
		n++;
	}
	s->view = (struct metrics_view){ truth, rates, n, (int)columns };
	return n > 1 ? 0 : failure_set(f, -EINVAL, "there are no rows to score");
}

/* The rates are open. */
static int open_truth(struct score *s, const char *truth, struct failure *f)
{
	static const char *const count_names[] = { "counts", "gt", "target", NULL };
	static const char *const kinematics_names[] = { "kinematics", NULL };
	s->estimate = strcmp(s->rates.tensor->name, "estimate") == 0;
	int r = train_input_open(truth, s->estimate ? kinematics_names : count_names, f, &s->truth);
	if (r < 0)
		return r;
	s->estimate |= strcmp(s->truth.tensor->name, "kinematics") == 0;
	r = check_shapes(s, f);
	return r < 0 ? r : train_score_lead(&s->rates, f, &s->lead);
}

static int check_spikes(const struct metrics_view *v, struct failure *f)
{
	for (int64_t i = 0; i < v->n_bins * v->n_units; i++)
		if (v->truth[i] < 0 || v->rates[i] < 0)
			return failure_set(f, -EINVAL, "row %lld: counts and rates are not below 0",
					   (long long)(i / v->n_units));
	return 0;
}

void train_score_add(json_t *all, const char *key, int r, double value)
{
	json_object_set_new(all, key, r < 0 || !isfinite(value) ? json_null() : json_real(value));
}

static double mean_of(const double *x, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++)
		sum += x[i];
	return sum / n;
}

static void add_columns(json_t *all, const struct score *s, const double *pearson, const double *r2)
{
	const char *names = tensor_note(s->rates.set, "outputs");
	json_t *columns = json_array();
	for (int j = 0; j < s->view.n_units; j++) {
		int length = names ? (int)strcspn(names, ",") : 0;
		json_t *column = json_object();
		if (length)
			json_object_set_new(column, "name", json_stringn(names, (size_t)length));
		train_score_add(column, "r_squared", 0, r2[j]);
		train_score_add(column, "pearson_r", 0, pearson[j]);
		json_array_append_new(columns, column);
		names = length && names[length] ? names + length + 1 : NULL;
	}
	json_object_set_new(all, "outputs", columns);
}

static int add_common(json_t *all, const struct score *s)
{
	int n = s->view.n_units;
	double *pearson = malloc(2 * (size_t)n * sizeof(*pearson));
	if (!pearson)
		return -ENOMEM;
	double *r2 = pearson + n;
	int r = metrics_pearson_r(&s->view, pearson);
	if (r == 0)
		r = metrics_r_squared(&s->view, r2);
	if (r == 0) {
		train_score_add(all, "pearson_r", 0, mean_of(pearson, n));
		train_score_add(all, "r_squared", 0, mean_of(r2, n));
		train_score_add(all, "mae", 0, metrics_mae(&s->view));
		train_score_add(all, "mse", 0, metrics_mse(&s->view));
		json_object_set_new(all, "n_bins", json_integer(s->view.n_bins));
		if (s->estimate)
			add_columns(all, s, pearson, r2);
	}
	free(pearson);
	return r;
}

static void add_spikes(json_t *all, const struct metrics_view *v)
{
	double value = NAN;
	int r = metrics_population_rate_r(v, &value);
	train_score_add(all, "population_rate_r", r, value);
	r = metrics_spatial_pattern_r(v, &value);
	train_score_add(all, "spatial_pattern_r", r, value);
	train_score_add(all, "population_cosine_sim", 0, metrics_population_cosine(v));
	train_score_add(all, "poisson_nll", 0, metrics_poisson_nll(v));
	r = metrics_co_bps(v, &value);
	train_score_add(all, "co_bps", r, value);
	r = metrics_calibration_error(v, &value);
	train_score_add(all, "calibration_error", r, value);
	train_score_add(all, "bits_per_spike_published", 0, metrics_bits_per_spike_published(v));
	train_score_add(all, "bits_per_spike", 0, metrics_bits_per_spike(v));
}

static void print_value(const char *key, const json_t *value)
{
	if (json_is_null(value))
		printf("%-26s -\n", key);
	else
		printf("%-26s %.6g\n", key, json_number_value(value));
}

static void print_table(json_t *all)
{
	const char *key;
	json_t *value, *column;
	size_t i;
	json_object_foreach(all, key, value) if (!json_is_array(value)) print_value(key, value);
	json_array_foreach(json_object_get(all, "outputs"), i, column)
	{
		const char *name = json_string_value(json_object_get(column, "name"));
		printf("  %-24s R2 %7.4f  r %7.4f\n", name ? name : "",
		       json_number_value(json_object_get(column, "r_squared")),
		       json_number_value(json_object_get(column, "pearson_r")));
	}
}

int train_score_print(json_t *all, bool json, struct failure *f)
{
	int r = 0;
	if (!json)
		print_table(all);
	else if (json_dumpf(all, stdout, JSON_REAL_PRECISION(17)) < 0 || putchar('\n') < 0)
		r = failure_set(f, -EIO, "standard output: write error");
	json_decref(all);
	return r;
}

static int print_score(const struct score *s, bool json, struct failure *f)
{
	json_t *all = json_object();
	int r = all ? add_common(all, s) : -ENOMEM;
	if (r < 0) {
		json_decref(all);
		return failure_set(f, r, "out of memory");
	}
	if (!s->estimate)
		add_spikes(all, &s->view);
	return train_score_print(all, json, f);
}

static int score_values(const struct train_score_request *q, struct score *s, struct failure *f)
{
	int64_t from = 0, until = 0;
	int r = open_truth(s, q->truth, f);
	if (r == 0)
		r = train_score_rows(q, s->truth.n_runs * s->truth.n_rows, f, &from, &until);
	if (r == 0)
		r = pair_rows(s, from, until, f);
	if (r == 0 && !s->estimate)
		r = check_spikes(&s->view, f);
	return r < 0 ? r : print_score(s, q->json, f);
}

static int score(const struct train_score_request *q, struct failure *f)
{
	static const char *const rate_names[] = { "rates", "estimate", "pred", NULL };
	struct score s = { 0 };
	int r = train_input_open(q->rates, rate_names, f, &s.rates);
	if (r < 0)
		return r;
	bool classes = train_classes_in(&s.rates);
	if (q->commands && !classes)
		r = failure_set(f, -EINVAL, "--commands: %s has no classes", s.rates.set->origin);
	else if (q->commands)
		r = train_score_commands(q, &s.rates, f);
	else
		r = classes ? train_score_classes(q, &s.rates, f) : score_values(q, &s, f);
	free(s.numbers);
	train_input_close(&s.rates);
	train_input_close(&s.truth);
	return r;
}

int train_score(int argc, char **argv, struct failure *f)
{
	struct train_score_request q = { .guard_s = 3 };
	const struct argument table[] = {
		{ "truth", ARGUMENT_TEXT, &q.truth, "FILE[:TENSOR]",
		  "what came (default: counts; of an estimate kinematics, of classes labels/target)", true },
		{ "rates", ARGUMENT_TEXT, &q.rates, "FILE[:TENSOR]",
		  "what was foretold (default: rates, or estimate)", true },
		{ "from", ARGUMENT_TEXT, &q.from, "POSITION",
		  "first row of the truth: 0.85 (of all rows) or 1200b" },
		{ "until", ARGUMENT_TEXT, &q.until, "POSITION", "end, as --from" },
		{ "commands", ARGUMENT_FLAG, &q.commands, NULL,
		  "of classes: score what was commanded (tensor command), not the probabilities" },
		{ "guard-s", ARGUMENT_NUMBER, &q.guard_s, "S",
		  "a command more than S from any trial is a false one (default 3)", false, 0, 1e6 },
		{ "json", ARGUMENT_FLAG, &q.json, NULL, "one JSON object as the last line" },
		{ NULL },
	};
	const struct arguments args = {
		argv[0],
		"Scores of rates against counts, or of an estimate against kinematics or labels. Rows are "
		"compared one "
		"to one,\n"
		"but for bcitrain's own files, whose notes say how many bins ahead a row is.\n"
		"bits_per_spike_published is the paper's and has no rate term: any larger rate scores "
		"higher.\n"
		"bits_per_spike is the usual one, against each unit's mean.\n"
		"Classes are scored in bins of trials, and by trial: the class with most of its bins, which "
		"is for\n"
		"offline tables only, since it knows where trials end; \"none\" has no vote.\n"
		"With --commands: time_to_command_s, from a trial's begin to the first command of its class, "
		"the\n"
		"median over all trials; correct_first, the part of trials whose first command is of their "
		"class;\n"
		"false_commands_per_min, more than --guard-s from any trial, since movement starts before "
		"one; "
		"bits_per_s\n"
		"(Wolpaw's) = (ld N + P ld P + (1 - P) ld ((1 - P) / (N - 1))) / T of N classes, P = "
		"correct_first,\n"
		"T = mean time to a trial's first command (its length where it has none), 0 where P <= 1 / "
		"N.",
		NULL,
		0,
		0,
		table,
	};
	enum arguments_next next;
	int operand;
	int r = arguments_parse(&args, argc, argv, f, &next, &operand);
	if (r < 0 || next == ARGUMENTS_DONE)
		return r;
	return score(&q, f);
}
