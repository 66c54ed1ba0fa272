#include "recording.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors.h"
#include "text.h"
#include "types.h"

#define MAX_COUNT 65535

static int refuse(const struct recording *r, const struct tensor *t, struct failure *f, const char *what)
{
	return failure_set(f, -EINVAL, "%s: tensor %.100s: %s", r->tensors->origin, t->name, what);
}

static int take_bin_width(struct recording *r, struct failure *f)
{
	const char *text = tensor_note(r->tensors, "bin_ms");
	double ms;

	if (!text)
		text = "50";
	if (text_to_double(text, &ms) < 0 || ms < 0.1 || ms > 10000 ||
	    fabs(ms * 1000 - rint(ms * 1000)) > 1e-6)
		return failure_set(
			f, -EINVAL,
			"%s: note bin_ms is \"%.40s\", not whole microseconds from 0.1 to 10000 ms",
			r->tensors->origin, text);
	r->bin_us = (int)lrint(ms * 1000);
	return 0;
}

static bool is_count_type(enum tensor_dtype dtype)
{
	return dtype != TENSOR_F16 && dtype != TENSOR_BF16 && dtype != TENSOR_F64;
}

static int check_counts(const struct recording *r, struct failure *f)
{
	enum tensor_dtype dtype = r->counts->dtype;
	int64_t n = tensor_n_elements(r->counts);

	if (dtype == TENSOR_U8 || dtype == TENSOR_U16 || dtype == TENSOR_BOOL)
		return 0;
	for (int64_t i = 0; i < n; i++) {
		double v = tensor_at(r->counts, i);
		if (!(v >= 0 && v <= MAX_COUNT && v == floor(v)))
			return failure_set(
				f, -EINVAL,
				"%s: tensor counts: element %lld is %g, not a whole number up to %d",
				r->tensors->origin, (long long)i, v, MAX_COUNT);
	}
	return 0;
}

static int take_counts(struct recording *r, struct failure *f)
{
	const struct tensor *t = tensor_find(r->tensors, "counts");
	if (!t)
		return failure_set(f, -EINVAL, "%s: tensor counts is missing: not a recording",
				   r->tensors->origin);
	if (!is_count_type(t->dtype))
		return refuse(r, t, f, "neither integers nor F32");
	if (t->n_dims != 2 && t->n_dims != 3)
		return refuse(r, t, f, "neither [bins, units] nor [trials, bins, units]");
	if (tensor_n_elements(t) == 0)
		return refuse(r, t, f, "it is empty");
	if (t->shape[t->n_dims - 1] > MAX_UNITS)
		return refuse(r, t, f, "too many units");
	r->counts = t;
	r->n_units = (int)t->shape[t->n_dims - 1];
	r->bins_a_trial = t->n_dims == 3 ? t->shape[1] : 0;
	r->n_bins = t->n_dims == 3 ? t->shape[0] * t->shape[1] : t->shape[0];
	return check_counts(r, f);
}

/* The next of the names in `*list`, which ends at a '('. */
static bool take_name(const char **list, char ret[static RECORDING_NAME_SIZE])
{
	const char *s = *list + strspn(*list, " ");
	size_t n = strcspn(s, ",("), end = n;

	*list = s + n + (s[n] == ',');
	while (end > 0 && s[end - 1] == ' ')
		end--;
	if (end >= RECORDING_NAME_SIZE)
		return false;
	memcpy(ret, s, end);
	ret[end] = '\0';
	return safetensors_name_is_good(ret);
}

static int take_names(struct recording *r, struct failure *f)
{
	const char *list = tensor_note(r->tensors, "kinematics_names");

	r->kinematics_names = calloc((size_t)r->n_kinematics, sizeof(*r->kinematics_names));
	if (!r->kinematics_names)
		return failure_set(f, -ENOMEM, "%s: out of memory", r->tensors->origin);
	for (int i = 0; i < r->n_kinematics; i++) {
		if (!list)
			snprintf(r->kinematics_names[i], RECORDING_NAME_SIZE, "kinematics_%d", i + 1);
		else if (!take_name(&list, r->kinematics_names[i]))
			return failure_set(f, -EINVAL,
					   "%s: note kinematics_names: name %d of %d is missing or bad",
					   r->tensors->origin, i + 1, r->n_kinematics);
	}
	if (list && *list && *list != '(')
		return failure_set(f, -EINVAL,
				   "%s: note kinematics_names has more than the %d names of kinematics",
				   r->tensors->origin, r->n_kinematics);
	return 0;
}

static int take_kinematics(struct recording *r, struct failure *f)
{
	const struct tensor *t = tensor_find(r->tensors, "kinematics");
	if (!t)
		return 0;
	if (t->dtype != TENSOR_F32 || t->n_dims != 2 || t->shape[0] != r->n_bins)
		return refuse(r, t, f, "not F32 [bins, dims] with the bins of counts");
	if (t->shape[1] < 1 || t->shape[1] > MAX_UNITS)
		return refuse(r, t, f, "no columns, or too many");
	r->kinematics = t;
	r->n_kinematics = (int)t->shape[1];
	return take_names(r, f);
}

static int take_labels(struct recording *r, struct failure *f)
{
	for (int i = 0; i < r->tensors->n_tensors; i++) {
		const struct tensor *t = &r->tensors->tensors[i];
		if (strncmp(t->name, "labels/", 7) != 0)
			continue;
		bool a_bin = t->n_dims > 0 && t->shape[0] == r->n_bins;
		bool a_trial = t->n_dims > 0 && r->bins_a_trial > 0 && t->shape[0] == r->counts->shape[0];
		if (!a_bin && !a_trial)
			return refuse(r, t, f, "neither a value a bin nor a value a trial of counts");
		if (a_bin && t->n_dims == 1 && strcmp(t->name, "labels/trial") == 0)
			r->trial = t;
	}
	return 0;
}

int recording_take(struct safetensors *file, struct failure *f, struct recording *ret)
{
	struct recording r = { .file = file, .tensors = safetensors_tensors(file) };

	int e = take_bin_width(&r, f);
	if (e == 0)
		e = take_counts(&r, f);
	if (e == 0)
		e = take_kinematics(&r, f);
	if (e == 0)
		e = take_labels(&r, f);
	if (e < 0)
		recording_close(&r);
	else
		*ret = r;
	return e;
}

int recording_open(const char *path, struct failure *f, struct recording *ret)
{
	struct safetensors *file;
	int r = safetensors_open(path, f, &file);
	return r < 0 ? r : recording_take(file, f, ret);
}

void recording_close(struct recording *r)
{
	safetensors_close(r->file);
	free(r->kinematics_names);
	*r = (struct recording){ 0 };
}

void recording_counts(const struct recording *r, int64_t bin, uint16_t *ret)
{
	assert(bin >= 0 && bin < r->n_bins);
	int64_t first = bin * r->n_units;
	const uint8_t *bytes =
		r->counts->dtype == TENSOR_U8 ? (const uint8_t *)r->counts->data + first : NULL;

	for (int u = 0; u < r->n_units; u++)
		ret[u] = bytes ? bytes[u] : (uint16_t)tensor_at(r->counts, first + u);
}

void recording_counts_f32(const struct recording *r, int64_t bin, float *ret)
{
	assert(bin >= 0 && bin < r->n_bins);
	int64_t first = bin * r->n_units;
	const uint8_t *bytes =
		r->counts->dtype == TENSOR_U8 ? (const uint8_t *)r->counts->data + first : NULL;

	for (int u = 0; u < r->n_units; u++)
		ret[u] = bytes ? bytes[u] : (float)tensor_at(r->counts, first + u);
}

const struct tensor *recording_labels(const struct recording *r, const char *name)
{
	const struct tensor *t = strncmp(name, "labels/", 7) == 0 ? tensor_find(r->tensors, name) : NULL;
	return t && t->n_dims == 1 ? t : NULL;
}

double recording_label(const struct recording *r, const struct tensor *labels, int64_t bin)
{
	assert(bin >= 0 && bin < r->n_bins);
	return tensor_at(labels, labels->shape[0] == r->n_bins ? bin : bin / r->bins_a_trial);
}

bool recording_has_trials(const struct recording *r)
{
	return r->trial || r->bins_a_trial > 0;
}

int32_t recording_trial(const struct recording *r, int64_t bin)
{
	double trial = r->trial ? tensor_at(r->trial, bin) : -1;
	if (r->bins_a_trial > 0)
		return (int32_t)(bin / r->bins_a_trial);
	return trial >= 0 && trial <= INT32_MAX ? (int32_t)trial : -1;
}

static int place(const struct recording *r, const char *number, char suffix, int64_t *ret)
{
	double v;

	if (suffix == 'b')
		return text_to_int(number, ret);
	if (text_to_double(number, &v) < 0 || v < 0 || v > 1e9)
		return -EINVAL;
	if (suffix == 's')
		*ret = llrint(v * 1e6) / r->bin_us;
	else if (v <= 1)
		*ret = (int64_t)(v * (double)r->n_bins);
	else
		return -EINVAL;
	return 0;
}

int recording_position(const struct recording *r, const char *text, int64_t fallback, struct failure *f,
		       int64_t *ret)
{
	char number[32];
	int64_t bin = fallback;
	size_t n = strlen(text);
	char suffix = n > 0 && (text[n - 1] == 'b' || text[n - 1] == 's') ? text[n - 1] : '\0';
	size_t length = n - (suffix != '\0');
	int e = length < sizeof(number) ? 0 : -EINVAL;

	if (n > 0 && e == 0) {
		memcpy(number, text, length);
		number[length] = '\0';
		e = place(r, number, suffix, &bin);
	}
	if (e < 0)
		return failure_set(f, -EINVAL,
				   "\"%.40s\" is no position: 0.85 (fraction), 12000b (bin), 600s (time)",
				   text);
	if (bin < 0 || bin > r->n_bins)
		return failure_set(f, -EINVAL, "\"%.40s\" is beyond the %lld bins (%.6g s) of %s", text,
				   (long long)r->n_bins, (double)r->n_bins * r->bin_us * 1e-6,
				   r->tensors->origin);
	*ret = bin;
	return 0;
}
