/* bcitrain: its subcommands, one file each.
 *
 * argv[0] is "bcitrain NAME". Each returns 0, or -Exxx with one line in `f`, and leaves no half-written
 * file behind. */
#pragma once

#include "failure.h"

int train_fit_decoder(int argc, char **argv, struct failure *f);
int train_decode(int argc, char **argv, struct failure *f);
int train_forecast(int argc, char **argv, struct failure *f);
int train_score(int argc, char **argv, struct failure *f);
int train_bench(int argc, char **argv, struct failure *f);
