#include "demo_report.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors.h"

#define PICTURE_S 20
#define BUCKETS_AN_OCTAVE 4

/* A stage as it is told: of the run, or, for `send`, of bcid's own histogram. */
struct row {
	const char *stage;
	double p50, p99, p999, max; /* microseconds */
};

static struct row run_row(const struct demo_run *r, enum demo_stage stage)
{
	const struct histogram *h = &r->latency[stage];
	return (struct row){demo_stage_text(stage), (double)histogram_quantile(h, 0.5) / 1e3,
			    (double)histogram_quantile(h, 0.99) / 1e3,
			    (double)histogram_quantile(h, 0.999) / 1e3, (double)h->max_ns / 1e3};
}

static bool status_row(const Bcid__V1__StreamStatus *s, const char *stage, struct row *ret)
{
	for (size_t i = 0; s && i < s->n_stages; i++) {
		const Bcid__V1__Percentiles *p = s->stages[i]->run;
		if (strcmp(s->stages[i]->stage, stage) != 0 || !p)
			continue;
		*ret = (struct row){stage, (double)p->p50_ns / 1e3, (double)p->p99_ns / 1e3,
				    (double)p->p999_ns / 1e3, (double)p->max_ns / 1e3};
		return true;
	}
	return false;
}

/* In the order of a bin's way. */
static int make_rows(const struct demo_run *r, const Bcid__V1__StreamStatus *s,
		     struct row ret[DEMO_N_STAGES + 1])
{
	int n = 0;
	for (int i = 0; i < DEMO_EDGE_TO_SENT; i++)
		ret[n++] = run_row(r, (enum demo_stage)i);
	n += status_row(s, "send", &ret[n]);
	ret[n++] = run_row(r, DEMO_EDGE_TO_SENT);
	return n;
}

/* Of bcid's own count: without the bins that it closed after the stretch had ended. */
static int64_t within(const struct demo_run *r, const Bcid__V1__StreamStatus *s, uint64_t counted)
{
	int64_t after = s->epoch == r->newest.epoch ? (int64_t)s->bin - r->newest.bin : 0;
	return (int64_t)counted - (after > 0 ? after : 0);
}

static int64_t bins_in(const struct demo_run *r, const Bcid__V1__StreamStatus *s)
{
	return s ? within(r, s, s->bins_in) : r->intents;
}

static int64_t intents_out(const struct demo_run *r, const Bcid__V1__StreamStatus *s)
{
	return s ? within(r, s, s->intents_out) : r->intents;
}

static double mean(const double *x, int n)
{
	double sum = 0;
	for (int i = 0; i < n; i++)
		sum += x[i];
	return n ? sum / n : 0;
}

static void print_holds(const struct demo_run *r)
{
	const char *before = " (";
	for (int i = 0; i < N_REASONS; i++) {
		if (!r->by_reason[i])
			continue;
		printf("%s%s %lld", before, gate_reason_text((enum gate_reason)i),
		       (long long)r->by_reason[i]);
		before = ", ";
	}
	printf("%s\n", *before == ',' ? ")" : "");
}

static void print_text(const struct demo_run *r, const Bcid__V1__StreamStatus *s, const double *r2,
		       int64_t rows)
{
	struct row row[DEMO_N_STAGES + 1];
	int n = make_rows(r, s, row);
	printf("\nbins in %lld, intents out %lld, overruns %lld, gaps %lld\n", (long long)bins_in(r, s),
	       (long long)intents_out(r, s), (long long)r->overruns, (long long)r->gaps);
	if (intents_out(r, s) != r->intents)
		printf("%lld of the intents came too fast to be seen here\n",
		       (long long)(intents_out(r, s) - r->intents));
	printf("held %lld", (long long)r->holds);
	print_holds(r);
	printf("R\u00b2 %.3f:", mean(r2, r->n_scored));
	for (int i = 0; i < r->n_scored; i++)
		printf(" %s %.3f%s", r->outputs[r->scored[i]].name, r2[i], i + 1 < r->n_scored ? "," : "");
	printf(" (%lld bins that the decoder had never seen)\n", (long long)rows);
	printf("\n%-14s %9s %9s %9s %9s\n", "latency, ms", "p50", "p99", "p99.9", "max");
	for (int i = 0; i < n; i++)
		printf("  %-12s %9.3f %9.3f %9.3f %9.3f\n",
		       strcmp(row[i].stage, "edge_to_sent") ? row[i].stage : "edge to sent", row[i].p50 / 1e3,
		       row[i].p99 / 1e3, row[i].p999 / 1e3, row[i].max / 1e3);
}

static json_t *latency_object(const struct demo_run *r, const Bcid__V1__StreamStatus *s)
{
	struct row row[DEMO_N_STAGES + 1];
	int n = make_rows(r, s, row);
	json_t *o = json_object();
	for (int i = 0; i < n; i++)
		json_object_set_new(o, row[i].stage,
				    json_pack("{sf, sf, sf, sf}", "p50", row[i].p50, "p99", row[i].p99,
					      "p999", row[i].p999, "max", row[i].max));
	return o;
}

static int print_json(const struct demo_run *r, const Bcid__V1__StreamStatus *s, const double *r2,
		      int64_t rows, double speed)
{
	json_t *list = json_array(), *outputs = json_array();
	for (int i = 0; i < r->n_scored; i++) {
		json_array_append_new(list, json_real(r2[i]));
		json_array_append_new(outputs, json_string(r->outputs[r->scored[i]].name));
	}
	json_t *o = json_pack("{sI, sI, sI, sI, sI, sI, so, so, sf, sI, sf, so}", "bins_in",
			      (json_int_t)bins_in(r, s), "intents_out", (json_int_t)intents_out(r, s),
			      "intents_seen", (json_int_t)r->intents, "holds", (json_int_t)r->holds,
			      "overruns", (json_int_t)r->overruns, "gaps", (json_int_t)r->gaps, "r2", list,
			      "outputs", outputs, "r2_mean", mean(r2, r->n_scored), "bins_scored",
			      (json_int_t)rows, "speed", speed, "latency_us", latency_object(r, s));
	char *text = o ? json_dumps(o, JSON_REAL_PRECISION(9)) : NULL;
	json_decref(o);
	if (!text)
		return -ENOMEM;
	puts(text);
	free(text);
	return 0;
}

int demo_report_print(const struct demo_run *r, const Bcid__V1__StreamStatus *status, double speed, bool json,
		      struct failure *f)
{
	double r2[MAX_OUTPUTS] = {0};
	int64_t rows = 0;
	int e = demo_run_r2(r, r2, &rows);
	if (e < 0)
		return failure_set(f, e, "no estimate to score");
	if (!json)
		print_text(r, status, r2, rows);
	else if (print_json(r, status, r2, rows, speed) < 0)
		return failure_set(f, -ENOMEM, "out of memory");
	return 0;
}

static int open_table(const char *folder, const char *name, struct failure *f, FILE **ret)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	*ret = fopen(path, "we");
	return *ret ? 0 : failure_set(f, -errno, "%s: %s", path, strerror(errno));
}

static int close_table(FILE *t, const char *name, struct failure *f)
{
	int failed = ferror(t);
	return fclose(t) != 0 || failed ? failure_set(f, -EIO, "%s: could not be written", name) : 0;
}

/* The twenty seconds in the middle: neither the best nor the worst. */
static int write_kinematics(const struct demo_run *r, const char *folder, struct failure *f)
{
	FILE *t;
	int e = open_table(folder, "kinematics.tsv", f, &t);
	if (e < 0)
		return e;
	double bin_s = r->recording->bin_us / 1e6;
	int64_t first = r->stretch.from + r->stretch.warmup, n = (int64_t)(PICTURE_S / bin_s);
	int64_t spare = r->stretch.until - first - n;
	first += spare > 0 ? spare / 2 : 0;
	for (int64_t row = first; row < first + n && row < r->stretch.until; row++) {
		fprintf(t, "%.4f", (double)(row + 1) * bin_s);
		for (int i = 0; i < r->n_scored; i++)
			fprintf(t, "\t%.6g\t%.6g", demo_run_truth(r, row, i), demo_run_estimate(r, row, i));
		fputc('\n', t);
	}
	return close_table(t, "kinematics.tsv", f);
}

/* Buckets of a quarter octave, so that shares mean something. */
static void write_stage(const struct histogram *h, FILE *t)
{
	double share = 0;
	int last = INT32_MIN;
	for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!h->bucket[i])
			continue;
		double ns = fmax((double)histogram_bucket_ns(i), 1);
		int bucket = (int)floor(log2(ns) * BUCKETS_AN_OCTAVE);
		if (bucket != last && last != INT32_MIN) {
			fprintf(t, "%.6g\t%.6g\n", exp2((last + 0.5) / BUCKETS_AN_OCTAVE) / 1e6, share);
			share = 0;
		}
		last = bucket;
		share += 100.0 * h->bucket[i] / (double)h->count;
	}
	if (last != INT32_MIN)
		fprintf(t, "%.6g\t%.6g\n", exp2((last + 0.5) / BUCKETS_AN_OCTAVE) / 1e6, share);
}

static int write_latency(const struct demo_run *r, const char *folder, struct failure *f)
{
	FILE *t;
	int e = open_table(folder, "latency.tsv", f, &t);
	if (e < 0)
		return e;
	for (int i = 0; i < DEMO_N_STAGES; i++) {
		fprintf(t, "# %s\n", demo_stage_text((enum demo_stage)i));
		write_stage(&r->latency[i], t);
		fputs("\n\n", t);
	}
	return close_table(t, "latency.tsv", f);
}

static int write_names(const struct demo_run *r, const char *folder, struct failure *f)
{
	FILE *t;
	double r2[MAX_OUTPUTS] = {0};
	int64_t rows;
	int e = demo_run_r2(r, r2, &rows);
	if (e < 0)
		return failure_set(f, e, "no estimate to score");
	e = open_table(folder, "names.tsv", f, &t);
	if (e < 0)
		return e;
	for (int i = 0; i < r->n_scored; i++) {
		const struct output *o = &r->outputs[r->scored[i]];
		fprintf(t, "%s\t%s\t%.3f\n", o->name, o->unit, r2[i]);
	}
	return close_table(t, "names.tsv", f);
}

int demo_report_tables(const struct demo_run *r, const char *folder, struct failure *f)
{
	int e = write_kinematics(r, folder, f);
	if (e == 0)
		e = write_latency(r, folder, f);
	return e == 0 ? write_names(r, folder, f) : e;
}

int demo_report_estimates(const struct demo_run *r, const char *path, struct failure *f)
{
	int64_t rows = r->stretch.until - r->stretch.from;
	int32_t *bin = malloc((size_t)rows * sizeof(*bin));
	if (!bin)
		return failure_set(f, -ENOMEM, "out of memory");
	for (int64_t i = 0; i < rows; i++)
		bin[i] = (int32_t)(r->stretch.from + i);
	const struct tensor tensors[] = {
		{"estimate", TENSOR_F32, 2, {rows, r->n_outputs}, r->estimate},
		{"bin", TENSOR_I32, 1, {rows}, bin},
		{"seen", TENSOR_U8, 1, {rows}, r->seen},
	};
	struct tensor_set set = {path, tensors, 3, NULL, 0};
	int e = safetensors_write(path, &set, f);
	free(bin);
	return e;
}
