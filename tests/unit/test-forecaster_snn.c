#include "forecaster_case.h"

#define LAYER "spiking_layers.%d."

/* sizes.channels: with synapses; sizes.n_state: with norms; sizes.rank: an exponential readout. */
static void add(struct checkpoint *c)
{
	const struct twin_sizes *s = &c->sizes;
	char name[64];
	if (s->rank)
		checkpoint_note(c, "readout_mode", "exponential");
	if (s->n_state)
		checkpoint_add_norm(c, "input_norm");
	for (int i = 0; i < s->n_layers; i++) {
		if (i > 0) {
			twin_add(c, "inter_proj.%d.weight", i, s->width, s->width, 2 * twin_spread(s->width),
				 0);
			twin_add(c, "inter_proj.%d.bias", i, s->width, 0, 0.5f, 0.5f);
		}
		snprintf(name, sizeof(name), "layer_norms.%d", i);
		if (s->n_state && i > 0)
			checkpoint_add_norm(c, name);
		twin_add(c, LAYER "recurrent.weight", i, s->width, s->width, twin_spread(s->width), 0);
		twin_add(c, LAYER "recurrent.bias", i, s->width, 0, 0.3f, 0.2f);
		if (s->channels)
			twin_add(c, LAYER "alpha", i, 0, 0, 0.2f, 0.7f);
		twin_add(c, LAYER "beta", i, 0, 0, 0.3f, 0.9f); /* beyond 1 at times: held there */
		twin_add(c, LAYER "threshold", i, 0, 0, 0.2f, 1);
		twin_add(c, LAYER "graded_spikes_factor", i, 0, 0, 0, 1);
		twin_add(c, LAYER "reset_mechanism_val", i, 0, 0, 0, 0);
	}
}

static double number(struct checkpoint *c, const char *name, int i)
{
	return (double)*twin_tensor(c, name, i);
}

static double held(double x)
{
	return fmin(fmax(x, 0), 1);
}

static void drive(struct checkpoint *c, int i, const double *h, const double *spikes, double *x)
{
	int width = c->sizes.width;
	double recurrent[TWIN_WIDTH];
	memcpy(x, h, sizeof(recurrent));
	if (i > 0)
		twin_matrix(x, twin_tensor(c, "inter_proj.%d.weight", i),
			    twin_tensor(c, "inter_proj.%d.bias", i), h, width, width);
	if (i > 0 && c->sizes.n_state)
		twin_norm(x, x, twin_tensor(c, "layer_norms.%d.weight", i),
			  twin_tensor(c, "layer_norms.%d.bias", i), width);
	twin_matrix(recurrent, twin_tensor(c, LAYER "recurrent.weight", i),
		    twin_tensor(c, LAYER "recurrent.bias", i), spikes, width, width);
	for (int d = 0; d < width; d++)
		x[d] += recurrent[d];
}

static void read_out(struct checkpoint *c, double (*h)[TWIN_WIDTH], int n)
{
	double sum = 0, mean[TWIN_WIDTH] = {0};
	for (int t = 0; t < n; t++) {
		double weight = c->sizes.rank && n > 1 ? exp(-1 + t / (n - 1.0)) : 1;
		sum += weight;
		for (int d = 0; d < c->sizes.width; d++)
			mean[d] += weight * h[t][d];
	}
	for (int d = 0; d < c->sizes.width; d++)
		h[n - 1][d] = mean[d] / sum;
}

static void layer(struct checkpoint *c, int i, double (*h)[TWIN_WIDTH], int n)
{
	double spikes[TWIN_WIDTH] = {0}, syn[TWIN_WIDTH] = {0}, mem[TWIN_WIDTH] = {0}, x[TWIN_WIDTH];
	double threshold = number(c, LAYER "threshold", i), beta = held(number(c, LAYER "beta", i));
	double alpha = c->sizes.channels ? held(number(c, LAYER "alpha", i)) : 0;
	for (int t = 0; t < n; t++) {
		drive(c, i, h[t], spikes, x);
		for (int d = 0; d < c->sizes.width; d++) {
			double reset = mem[d] > threshold ? threshold : 0;
			syn[d] = alpha * syn[d] + x[d];
			mem[d] = beta * mem[d] + syn[d] - reset;
			h[t][d] = spikes[d] = mem[d] > threshold;
		}
	}
	if (i == c->sizes.n_layers - 1)
		read_out(c, h, n);
}

static const struct twin mean = {"snn", true, add, layer}, exponential = {"snn", false, add, layer};

static struct sizes_case mean_sizes[] = {
	{"odd, synapses", {13, 20, 3, 1, 0, 0}, 10}, {"odd, leaky", {13, 20, 3, 0, 0, 0}, 10},
	{"odd, norms", {13, 20, 3, 1, 1, 0}, 10},    {"published, small", {24, 32, 2, 1, 0, 0}, 10},
	{"all ones", {1, 1, 1, 1, 0, 0}, 10},        {"one layer", {130, 33, 1, 0, 1, 0}, 7},
	{"window of one", {17, 47, 2, 1, 0, 0}, 1},  {"long window", {5, 6, 2, 0, 0, 0}, 25},
};

static struct refused_case mean_refused[] = {
	{"inter_proj.1.weight", MISSING, "", -ENOENT, "inter_proj.1.weight is missing"},
	{"spiking_layers.1.alpha", MISSING, "", -ENOENT, "spiking_layers.1.alpha is missing"},
	{"spiking_layers.0.alpha", MISSING, "", -EINVAL, "_piking_layers.0.alpha has no place"},
	{"spiking_layers.0.threshold", MISSING, "", -EINVAL, "no architecture is known"},
	{"spiking_layers.2.graded_spikes_factor", MISSING, "", -ENOENT, "graded_spikes_factor is missing"},
	{"spiking_layers.1.graded_spikes_factor", VALUE, "2", -EINVAL,
	 "spiking_layers.1.graded_spikes_factor is 2; only 1 is known"},
	{"spiking_layers.1.reset_mechanism_val", VALUE, "1", -EINVAL,
	 "spiking_layers.1.reset_mechanism_val is 1; only 0 is known"},
	{"spiking_layers.1.threshold", VALUE, "nan", -EINVAL, "threshold: element 0 is not a finite number"},
	{"spiking_layers.1.beta", DIMS, "", -EINVAL, "spiking_layers.1.beta is [0], not []"},
	{"input_norm.weight", SURPLUS, "", -EINVAL, "input_norm.weight is [2], not [20]"},
	{"layer_norms.1.weight", SURPLUS, "", -EINVAL, "layer_norms.1.weight has no place in this model"},
	{"readout_mode", NOTE, "last", -EINVAL, "note readout_mode is \"last\""},
	{"config", NOTE, "{\"readout_mode\": \"max\"}", -EINVAL, "note readout_mode is \"max\""},
	{"other units", NONE, "", -EINVAL, "made for 13 units, the stream has 14"},
};

FORECASTER_TESTS(forecaster_snn, mean, mean_sizes, mean_refused)

static struct sizes_case exponential_sizes[] = {
	{"odd, norms", {13, 20, 3, 0, 1, 1}, 10},   {"odd, synapses", {13, 20, 3, 1, 0, 1}, 10},
	{"window of one", {17, 47, 2, 1, 0, 1}, 1}, {"window of two", {17, 47, 1, 1, 0, 1}, 2},
	{"long window", {5, 6, 2, 0, 0, 1}, 25},
};

static struct refused_case exponential_refused[] = {
	{"input_norm.weight", MISSING, "", -EINVAL, "_nput_norm.weight has no place"},
	{"layer_norms.2.bias", MISSING, "", -ENOENT, "layer_norms.2.bias is missing"},
};

FORECASTER_TESTS(forecaster_snn_exponential, exponential, exponential_sizes, exponential_refused)
