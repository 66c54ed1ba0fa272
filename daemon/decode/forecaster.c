#include "forecaster.h"

#include <errno.h>
#include <string.h>

#include "forecaster_mamba.h"
#include "stack.h"

static const struct architecture {
	const char *name;
	const char *tensor; /* by which it is known where no note names it */
	int (*create)(const struct tensor_set *set, int n_units, enum forecaster_context context,
		      struct failure *f, struct forecaster **ret);
	const struct stack_class *stack; /* or a create() of its own */
} architectures[] = {
	{"mamba", "mamba_blocks.0.mamba.A_log", forecaster_create_mamba, NULL},
	{"hgrn2", "hgrn2_blocks.0.hgrn2.forget_proj.weight", NULL, &stack_hgrn2},
	{"gated_delta", "blocks.0.attn.beta_proj.weight", NULL, &stack_gated_delta},
	{"lru", "lru_layers.0.nu", NULL, &stack_lru},
	{"lstm", "lstm.weight_ih_l0", NULL, &stack_lstm},
	{"transformer", "pos_encoder.pe", NULL, &stack_transformer},
	{"snn", "spiking_layers.0.threshold", NULL, &stack_snn},
};

void forecaster_destroy(struct forecaster *f)
{
	if (f)
		f->class->destroy(f);
}

int forecaster_create(const struct tensor_set *set, int n_units, enum forecaster_context context,
		      struct failure *f, struct forecaster **ret)
{
	const char *name = tensor_note(set, "architecture");
	for (size_t i = 0; i < sizeof(architectures) / sizeof(*architectures); i++) {
		const struct architecture *a = &architectures[i];
		if (name ? strcmp(a->name, name) == 0 : tensor_find(set, a->tensor) != NULL)
			return a->stack ? stack_create(a->stack, set, n_units, context, f, ret)
					: a->create(set, n_units, context, f, ret);
	}
	if (name)
		return failure_set(f, -EINVAL, "%s: unknown architecture \"%.40s\"", set->origin, name);
	return failure_set(f, -EINVAL, "%s: no architecture is known by its tensors", set->origin);
}
