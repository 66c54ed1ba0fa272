#include <stdio.h>
#include <string.h>

#include "sim_generate.h"
#include "sim_replay.h"

static const char usage[] =
	"usage: bcisim generate --units N --seconds S --output FILE [options]\n"
	"       bcisim replay FILE --to ENDPOINT [options]\n"
	"A rig without a rig: makes recordings, and sends them as a rig would.\n"
	"\n"
	"  generate   a tuned Poisson population, its kinematics and cues, as a recording\n"
	"  replay     a recording as neural packets, in real time, with faults where asked\n"
	"\n"
	"bcisim COMMAND --help tells more; bcisim --version.\n";

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	if (strcmp(command, "generate") == 0)
		return sim_generate_main(argc - 1, argv + 1);
	if (strcmp(command, "replay") == 0)
		return sim_replay_main(argc - 1, argv + 1);
	if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	if (strcmp(command, "--version") == 0) {
		puts("bcisim " BCID_VERSION);
		return 0;
	}
	if (*command)
		fprintf(stderr, "bcisim: no command \"%s\"; generate and replay are there (see --help)\n",
			command);
	else
		fprintf(stderr, "bcisim: which command? generate or replay (see --help)\n");
	return 2;
}
