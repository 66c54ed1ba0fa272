/* train_score: what bcitrain score shares among the kinds of truth. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "train_input.h"

struct train_score_request {
	const char *truth, *rates;
	const char *from, *until; /* positions, or NULL */
	bool commands;            /* not probabilities but what was commanded */
	double guard_s;           /* false: more than this from any trial */
	bool json;
};

/* Row t of `rates` is about row t + *ret of the truth: bcitrain's own files say so. */
int train_score_lead(const struct train_input *rates, struct failure *f, int64_t *ret);

/* The rows of the request among n_rows. */
int train_score_rows(const struct train_score_request *q, int64_t n_rows, struct failure *f,
		     int64_t *ret_from, int64_t *ret_until);

/* NAN, and what failed, become null. */
void train_score_add(json_t *all, const char *key, int failed, double value);

/* As JSON, or a line each. Takes `all` over. */
int train_score_print(json_t *all, bool json, struct failure *f);

/* Probabilities of classes, `rates`, against labels. */
int train_score_classes(const struct train_score_request *q, const struct train_input *rates,
			struct failure *f);

/* Commands, the tensor `command` beside `rates`, against labels. */
int train_score_commands(const struct train_score_request *q, const struct train_input *rates,
			 struct failure *f);
