#include "forecaster.h"

#include <errno.h>
#include <string.h>

void forecaster_destroy(struct forecaster *f)
{
	if (f)
		f->class->destroy(f);
}

int forecaster_create(const struct tensor_set *set, int n_units, enum forecaster_context context,
		      struct failure *f, struct forecaster **ret)
{
	(void)n_units, (void)context, (void)ret;
	const char *architecture = tensor_note(set, "architecture");
	if (architecture)
		return failure_set(f, -EINVAL, "%s: unknown architecture \"%.40s\"", set->origin,
				   architecture);
	return failure_set(f, -EINVAL, "%s: no forecaster is known by these tensors", set->origin);
}
