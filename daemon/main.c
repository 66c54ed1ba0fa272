#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "options.h"
#include "server.h"

enum { EXIT_CONFIGURATION = 2 };

static const char help[] =
	"usage: bcid --config FILE [--check-config | --print-config]\n"
	"       bcid --print-config\n"
	"\n"
	"Closed-loop brain-computer-interface server: neural streams in, intents out.\n"
	"Research software, not a medical device.\n"
	"\n"
	"  -c, --config FILE   the configuration of this rig (bcid.conf shows every key)\n"
	"      --check-config  read it, say what is wrong with it, and exit\n"
	"      --print-config  print every key with its value (its default without --config), and exit\n"
	"      --help\n"
	"      --version\n"
	"\n"
	"Exit status: 0 stopped by a signal, 1 could not start, 2 the configuration is wrong.\n";

struct arguments {
	const char *config;
	bool check, print;
};

static int parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "check-config", no_argument, NULL, 'k' },
		{ "print-config", no_argument, NULL, 'p' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },      { 0 },
	};
	int option;
	while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (option) {
		case 'c': ret->config = optarg; break;
		case 'k': ret->check = true; break;
		case 'p': ret->print = true; break;
		case 'h': fputs(help, stdout); exit(EXIT_SUCCESS);
		case 'v': puts("bcid " BCID_VERSION); exit(EXIT_SUCCESS);
		default: return -EINVAL;
		}
	}
	if (optind < argc)
		fprintf(stderr, "bcid: unexpected argument: %s\n", argv[optind]);
	else if (!ret->config && !ret->print)
		fprintf(stderr, "bcid: --config FILE is missing (try --help)\n");
	return optind < argc || (!ret->config && !ret->print) ? -EINVAL : 0;
}

static int run(const struct options *options)
{
	struct failure f = { "" };
	struct server *server;
	log_init((enum log_level)options->daemon.log_level);
	if (server_create(options, &f, &server) < 0) {
		fprintf(stderr, "bcid: %s\n", f.text);
		return EXIT_FAILURE;
	}
	server_run(server);
	server_destroy(server);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	struct options *options;
	struct failure f = { "" };
	if (parse(argc, argv, &arguments) < 0)
		return EXIT_CONFIGURATION;
	if ((arguments.config ? options_read(arguments.config, &f, &options) : options_defaults(&options)) <
	    0) {
		fprintf(stderr, "bcid: %s\n", f.text);
		return EXIT_CONFIGURATION;
	}
	int status = EXIT_SUCCESS;
	if (arguments.print)
		options_print(stdout, options);
	else if (arguments.check)
		printf("%s: good: %d stream%s\n", options->path, options->n_streams,
		       options->n_streams == 1 ? "" : "s");
	else
		status = run(options);
	free(options);
	return status;
}
