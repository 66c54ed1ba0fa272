#include "bcitrain.h"

#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	const char *full_name;
	const char *purpose;
	int (*run)(int argc, char **argv, struct failure *f);
} commands[] = {
	{ "fit-decoder", "bcitrain fit-decoder", "fit a decoder on recordings", train_fit_decoder },
	{ "decode", "bcitrain decode", "estimates of a decoder for a recording", train_decode },
	{ "forecast", "bcitrain forecast", "rates of a forecaster for a recording", train_forecast },
	{ "score", "bcitrain score", "how well rates or estimates foretell what came", train_score },
	{ "bench", "bcitrain bench", "how long a step of a forecaster takes", train_bench },
};
#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static void print_help(void)
{
	printf("usage: bcitrain COMMAND [OPTION]...\nFit, run and score forecasters and decoders "
	       "offline.\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-24s%s\n", commands[i].name, commands[i].purpose);
	printf("\nbcitrain COMMAND --help tells the options of one; --version the version.\n");
}

static int run(const struct command *c, int argc, char **argv)
{
	struct failure f = { .text = "failed" };
	argv[0] = (char *)c->full_name;
	int r = c->run(argc, argv, &f);
	if (r == 0 && fflush(stdout) != 0)
		r = failure_set(&f, -1, "standard output: write error");
	if (r < 0)
		fprintf(stderr, "%s: %s\n", c->full_name, f.text);
	return r < 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help();
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("bcitrain %s\n", BCID_VERSION);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(&commands[i], argc - 1, argv + 1);
	fprintf(stderr,
		argc > 1 ? "bcitrain: there is no command \"%.60s\" (see --help)\n"
			 : "bcitrain: a command is missing (see --help)\n",
		argc > 1 ? argv[1] : "");
	return 2;
}
