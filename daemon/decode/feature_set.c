#include "feature_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define N_EMAS 3
static const float ema_bins[N_EMAS] = {8, 20, 40};

enum kind { FLAT, SUM, EMA };

/* One part of the specification. Its state is its blocks of the vector, and for a sum the bins that it is
 * made of. */
struct part {
	enum kind kind;
	bool rates;
	int bins; /* H; 40 for moving averages */
	int blocks;
	float *out;  /* (blocks, n_units), in the vector */
	float *ring; /* (bins, n_units), sums only */
	double *sum; /* (n_units), sums only: whole counts stay exact, and what stands in for a lost bin
			leaves no trace */
};

struct feature_set {
	int n_units;
	int n_parts;
	int size;
	struct part part[FEATURES_MAX_PARTS];
	size_t state_size;
	/* what state_save() copies: */
	uint64_t n_steps;
	double memory[]; /* sums, the vector, rings */
};

/* "10" → 10; 0 for anything that is no number of bins. */
static int bins_from_text(const char *text)
{
	char *end;
	if (*text < '1' || *text > '9')
		return 0;
	long bins = strtol(text, &end, 10);
	return *end || bins > FEATURES_MAX_BINS ? 0 : (int)bins;
}

static bool part_from_text(const char *text, struct part *ret)
{
	static const struct {
		const char *prefix;
		enum kind kind;
		bool rates;
		int bins; /* 0: a number follows */
	} forms[] = {
		{"counts_1", FLAT, false, 1},    {"counts_ema", EMA, false, 40},
		{"counts_flat", FLAT, false, 0}, {"counts_sum", SUM, false, 0},
		{"rates", FLAT, true, 1},        {"rates_ema", EMA, true, 40},
		{"rates_", FLAT, true, 0},
	};
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		size_t n = strlen(forms[i].prefix);
		if (strncmp(text, forms[i].prefix, n) != 0)
			continue;
		int bins = !forms[i].bins ? bins_from_text(text + n) : text[n] ? 0 : forms[i].bins;
		if (!bins)
			continue;
		int blocks = forms[i].kind == FLAT ? bins : forms[i].kind == EMA ? N_EMAS : 1;
		*ret = (struct part){forms[i].kind, forms[i].rates, bins, blocks, NULL, NULL, NULL};
		return true;
	}
	return false;
}

static bool same_part(const struct part *a, const struct part *b)
{
	return a->kind == b->kind && a->rates == b->rates && a->bins == b->bins;
}

static int parts_from_text(const char *specification, struct failure *f, struct part *parts, int *ret_n)
{
	int n = 0;
	for (const char *at = specification;; n++) {
		char text[24];
		size_t length = strcspn(at, "+");
		if (n == FEATURES_MAX_PARTS)
			return failure_set(f, -EINVAL, "features \"%.80s\": more than %d parts",
					   specification, n);
		if (length >= sizeof(text))
			return failure_set(f, -EINVAL, "features \"%.80s\": there is no part \"%.*s\"",
					   specification, (int)(length < 80 ? length : 80), at);
		memcpy(text, at, length);
		text[length] = '\0';
		if (!part_from_text(text, &parts[n]))
			return failure_set(f, -EINVAL, "features \"%.80s\": there is no part \"%s\"",
					   specification, text);
		for (int i = 0; i < n; i++)
			if (same_part(&parts[i], &parts[n]))
				return failure_set(f, -EINVAL, "features \"%.80s\": \"%s\" stands twice",
						   specification, text);
		at += length;
		if (*at++ != '+')
			break;
	}
	*ret_n = n + 1;
	return 0;
}

static size_t memory_size(const struct part *parts, int n_parts, size_t n_units)
{
	size_t size = 0;
	for (int i = 0; i < n_parts; i++) {
		size += (size_t)parts[i].blocks * n_units * sizeof(float);
		if (parts[i].kind == SUM)
			size += n_units * sizeof(double) + (size_t)parts[i].bins * n_units * sizeof(float);
	}
	return size;
}

/* Sums first (they are wider), then the vector, then rings. */
static void lay_out(struct feature_set *x)
{
	size_t n_units = (size_t)x->n_units;
	double *sum = x->memory;
	for (int i = 0; i < x->n_parts; i++)
		if (x->part[i].kind == SUM) {
			x->part[i].sum = sum;
			sum += n_units;
		}
	float *at = (float *)sum;
	for (int i = 0; i < x->n_parts; i++) {
		x->part[i].out = at;
		at += (size_t)x->part[i].blocks * n_units;
		x->size += x->part[i].blocks * x->n_units;
	}
	for (int i = 0; i < x->n_parts; i++)
		if (x->part[i].kind == SUM) {
			x->part[i].ring = at;
			at += (size_t)x->part[i].bins * n_units;
		}
}

int feature_set_create(const char *specification, int n_units, struct failure *f, struct feature_set **ret)
{
	struct part parts[FEATURES_MAX_PARTS];
	int n_parts = 0;
	int r = parts_from_text(specification, f, parts, &n_parts);
	if (r < 0)
		return r;
	if (n_units < 1 || n_units > MAX_UNITS)
		return failure_set(f, -EINVAL, "features for %d units: 1 to %d are possible", n_units,
				   MAX_UNITS);

	size_t size = memory_size(parts, n_parts, (size_t)n_units);
	struct feature_set *x = calloc(1, sizeof(*x) + size);
	if (!x)
		return failure_set(f, -ENOMEM, "no memory for the features");
	x->n_units = n_units;
	x->n_parts = n_parts;
	memcpy(x->part, parts, sizeof(parts[0]) * (size_t)n_parts);
	x->state_size = sizeof(x->n_steps) + size;
	lay_out(x);
	*ret = x;
	return 0;
}

void feature_set_destroy(struct feature_set *x)
{
	free(x);
}

int feature_set_size(const struct feature_set *x)
{
	return x->size;
}

int feature_set_n_units(const struct feature_set *x)
{
	return x->n_units;
}

int feature_set_history(const struct feature_set *x)
{
	int longest = 1;
	for (int i = 0; i < x->n_parts; i++)
		if (x->part[i].bins > longest)
			longest = x->part[i].bins;
	return longest;
}

bool feature_set_need_rates(const struct feature_set *x)
{
	for (int i = 0; i < x->n_parts; i++)
		if (x->part[i].rates)
			return true;
	return false;
}

static void repeat(float *blocks, int n_blocks, const float *fill, size_t n_units)
{
	for (int b = 0; b < n_blocks; b++)
		if (fill)
			memcpy(blocks + (size_t)b * n_units, fill, n_units * sizeof(*fill));
		else
			memset(blocks + (size_t)b * n_units, 0, n_units * sizeof(*fill));
}

void feature_set_reset(struct feature_set *x, const float *counts_fill, const float *rates_fill)
{
	size_t n_units = (size_t)x->n_units;
	x->n_steps = 0;
	for (int i = 0; i < x->n_parts; i++) {
		struct part *p = &x->part[i];
		const float *fill = p->rates ? rates_fill : counts_fill;
		if (p->kind != SUM) {
			repeat(p->out, p->blocks, fill, n_units);
			continue;
		}
		repeat(p->ring, p->bins, fill, n_units);
		for (size_t u = 0; u < n_units; u++) {
			p->sum[u] = fill ? (double)fill[u] * p->bins : 0;
			p->out[u] = (float)p->sum[u];
		}
	}
}

static void step_flat(struct part *p, const float *restrict in, size_t n_units)
{
	size_t older = (size_t)(p->bins - 1) * n_units;
	memmove(p->out, p->out + n_units, older * sizeof(*in));
	memcpy(p->out + older, in, n_units * sizeof(*in));
}

static void step_sum(struct part *p, const float *restrict in, size_t n_units, uint64_t n_steps)
{
	float *restrict oldest = p->ring + n_steps % (uint64_t)p->bins * n_units;
	double *restrict sum = p->sum;
	float *restrict out = p->out;
	for (size_t u = 0; u < n_units; u++) {
		sum[u] += (double)in[u] - (double)oldest[u];
		out[u] = (float)sum[u];
		oldest[u] = in[u];
	}
}

static void step_ema(struct part *p, const float *restrict in, size_t n_units)
{
	for (int e = 0; e < N_EMAS; e++) {
		float *restrict average = p->out + (size_t)e * n_units;
		float rate = 1.0f / ema_bins[e];
		for (size_t u = 0; u < n_units; u++)
			average[u] += (in[u] - average[u]) * rate;
	}
}

void feature_set_step(struct feature_set *x, const float *counts, const float *rates)
{
	size_t n_units = (size_t)x->n_units;
	for (int i = 0; i < x->n_parts; i++) {
		struct part *p = &x->part[i];
		const float *in = p->rates ? rates : counts;
		switch (p->kind) {
		case FLAT:
			step_flat(p, in, n_units);
			break;
		case SUM:
			step_sum(p, in, n_units, x->n_steps);
			break;
		case EMA:
			step_ema(p, in, n_units);
			break;
		}
	}
	x->n_steps++;
}

const float *feature_set_vector(const struct feature_set *x)
{
	return x->part[0].out;
}

size_t feature_set_state_size(const struct feature_set *x)
{
	return x->state_size;
}

void feature_set_state_save(const struct feature_set *x, void *to)
{
	memcpy(to, &x->n_steps, x->state_size);
}

void feature_set_state_load(struct feature_set *x, const void *from)
{
	memcpy(&x->n_steps, from, x->state_size);
}
