#include "train_fit.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

/* Sums over rows, about the first row, so that large means do not eat small spreads. */
struct moments {
	int n;
	int64_t n_rows;
	double *first, *sum, *square; /* (n) */
};

static int add_row(void *arg, const struct train_row *row)
{
	struct moments *m = arg;
	for (int i = 0; i < m->n; i++) {
		if (m->n_rows == 0)
			m->first[i] = row->features[i];
		double x = row->features[i] - m->first[i];
		m->sum[i] += x;
		m->square[i] += x * x;
	}
	m->n_rows++;
	return 0;
}

static void take_moments(const struct moments *m, struct train_scaling *s)
{
	double n = (double)m->n_rows;
	for (int i = 0; i < m->n; i++) {
		double mean = m->sum[i] / n, variance = m->square[i] / n - mean * mean;
		s->mean[i] = (float)(m->first[i] + mean);
		s->scale[i] = variance > 1e-12 * (1 + mean * mean) ? (float)sqrt(variance) : 1;
	}
}

int train_scaling_create(struct train_rows *x, const struct train_data *d, struct failure *f,
			 struct train_scaling *ret)
{
	size_t n = (size_t)x->n_features;
	struct moments m = { x->n_features };
	struct train_scaling s = { x->n_features, malloc(2 * n * sizeof(float)) };
	m.first = calloc(3 * n, sizeof(*m.first));
	if (!s.mean || !m.first) {
		free(s.mean);
		free(m.first);
		return failure_set(f, -ENOMEM, "out of memory for %zu features", n);
	}
	m.sum = m.first + n;
	m.square = m.sum + n;
	s.scale = s.mean + n;
	train_rows_each(x, d, "scaling", add_row, &m);
	take_moments(&m, &s);
	free(m.first);
	*ret = s;
	return 0;
}

void train_scaling_free(struct train_scaling *s)
{
	free(s->mean);
	*s = (struct train_scaling){ 0 };
}

static int check_finite(const struct train_stretch *s, struct failure *f)
{
	const struct recording *r = &s->recording;
	for (int64_t t = s->from; t < s->until; t++)
		for (int j = 0; j < r->n_kinematics; j++)
			if (!isfinite(tensor_at(r->kinematics, t * r->n_kinematics + j)))
				return failure_set(f, -EINVAL,
						   "%s: kinematics %s of bin %lld is not a finite number",
						   s->path, r->kinematics_names[j], (long long)t);
	return 0;
}

int train_check_kinematics(const struct train_data *d, struct failure *f)
{
	const struct recording *first = &d->stretch[0].recording;
	for (int i = 0; i < d->n_stretches; i++) {
		const struct recording *r = &d->stretch[i].recording;
		if (!r->kinematics)
			return failure_set(f, -EINVAL, "%s: there are no kinematics in it",
					   d->stretch[i].path);
		if (r->n_kinematics > MAX_OUTPUTS)
			return failure_set(f, -EINVAL, "%s: %d kinematics, at most %d can be decoded",
					   d->stretch[i].path, r->n_kinematics, MAX_OUTPUTS);
		for (int j = 0; j < r->n_kinematics; j++)
			if (r->n_kinematics != first->n_kinematics ||
			    strcmp(r->kinematics_names[j], first->kinematics_names[j]) != 0)
				return failure_set(f, -EINVAL, "%s: its kinematics differ from those of %s",
						   d->stretch[i].path, d->stretch[0].path);
		int failed = check_finite(&d->stretch[i], f);
		if (failed < 0)
			return failed;
	}
	return 0;
}

void train_note_common(struct train_file *file, const struct train_fit_request *q, const struct train_data *d)
{
	char *text = train_data_text(d);
	train_file_note(file, "kind", "%s", strcmp(q->kind, "ridge") == 0 ? "linear" : q->kind);
	train_file_note(file, "target", "%s", q->target);
	train_file_note(file, "features", "%s", q->features);
	train_file_note(file, "units", "%d", d->n_units);
	train_file_note(file, "bin_us", "%d", d->bin_us);
	train_file_note(file, "lag_bins", "%d", q->lag_bins);
	if (q->normalise_tau_s > 0)
		train_file_note(file, "normalise_tau_s", "%g", q->normalise_tau_s);
	train_file_note(file, "trained_on", "%s", text ? text : "");
	free(text);
}

void train_put_scaling(struct train_file *file, const struct train_fit_request *q, const struct train_data *d,
		       const struct train_scaling *s)
{
	train_file_tensor(file, "features.mean", s->mean, s->n, 0);
	train_file_tensor(file, "features.scale", s->scale, s->n, 0);
	train_file_tensor(file, "counts.mean", d->counts_mean, d->n_units, 0);
	if (q->normalise_tau_s > 0)
		train_file_tensor(file, "counts.scale", d->counts_scale, d->n_units, 0);
}

void train_note_output(struct train_file *file, const struct train_data *d, const char *name)
{
	struct output o;
	output_from_name(name, d->bin_us, &o);
	train_file_note_item(file, "outputs", o.name);
	train_file_note_item(file, "output_units", o.unit);
	train_file_note_item(file, "holds", o.kind == OUTPUT_VELOCITY ? "zero" : "last");
}

void train_kinematics_scale(const struct train_data *d, int column, double *ret_mean, double *ret_scale)
{
	int n = d->stretch[0].recording.n_kinematics;
	double first = tensor_at(d->stretch[0].recording.kinematics, column), sum = 0, square = 0;
	for (int i = 0; i < d->n_stretches; i++)
		for (int64_t b = d->stretch[i].from; b < d->stretch[i].until; b++) {
			double y = tensor_at(d->stretch[i].recording.kinematics, b * n + column) - first;
			sum += y;
			square += y * y;
		}
	double mean = sum / (double)d->n_bins, variance = square / (double)d->n_bins - mean * mean;
	*ret_mean = first + mean;
	*ret_scale = variance > 0 ? sqrt(variance) : 1;
}
