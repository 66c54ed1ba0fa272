#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

static char path[] = "/tmp/bcid-options-XXXXXX";

static int read_options(const char *text, struct failure *f, struct options **ret)
{
	strcpy(path, "/tmp/bcid-options-XXXXXX");
	int fd = mkstemp(path);
	cr_assert(eq(int, (int)write(fd, text, strlen(text)), (int)strlen(text)));
	close(fd);
	int r = options_read(path, f, ret);
	unlink(path);
	return r;
}

Test(options, reads_a_rig)
{
	struct options *o;
	struct failure f = { "" };
	int r = read_options(
		"[daemon]\nrig = r\n[stream m1]\nn_units = 171\n[gate m1]\nmax_speed_mm_s = 2000\n", &f, &o);
	cr_assert(eq(int, r, 0), "%s", f.text);
	cr_expect(eq(int, o->n_streams, 1));
	cr_expect(eq(int, (int)o->streams[0].n_units, 171));
	cr_expect(eq(int, (int)o->streams[0].bin_us, 50000));
	cr_expect(eq(int, o->n_workers, 1), "the worker that the stream names has defaults");
	cr_expect(eq(dbl, options_gate(o, "m1")->max_speed_mm_s, 2000));
	free(o);
}

struct bad {
	char name[32];
	char text[200];
	char says[64];
};

ParameterizedTestParameters(options, refuses)
{
	static struct bad cases[] = {
		{ "no stream", "[daemon]\nrig = r\n", "no [stream NAME]" },
		{ "a gate for nobody", "[stream m1]\n[gate m2]\n", "[gate m2]" },
		{ "a public endpoint, simulated",
		  "[daemon]\nclock_speed = 10\nintents = tcp://0.0.0.0:7101\n[stream m1]\n", "clock_speed" },
		{ "an endpoint of another kind", "[stream m1]\nneural = udp://127.0.0.1:1\n", "neural" },
		{ "a model that is not there", "[stream m1]\ndecoder = nowhere.safetensors\n",
		  "nowhere.safetensors" },
		{ "a grace beyond the deadline", "[stream m1]\ngrace_ms = 30\n", "grace_ms" },
	};
	return cr_make_param_array(struct bad, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct bad *c, options, refuses)
{
	struct options *o;
	struct failure f = { "" };
	cr_expect(lt(int, read_options(c->text, &f, &o), 0), "%s", c->name);
	cr_expect(ne(ptr, strstr(f.text, c->says), NULL), "%s: %s", c->name, f.text);
	cr_expect(ne(ptr, strstr(f.text, path), NULL), "the file is named: %s", f.text);
}

Test(options, prints_what_it_reads_back)
{
	struct options *o, *back;
	struct failure f = { "" };
	char *text = NULL;
	size_t n;
	cr_assert(eq(int, options_defaults(&o), 0));
	FILE *out = open_memstream(&text, &n);
	options_print(out, o);
	fclose(out);
	cr_assert(eq(int, read_options(text, &f, &back), 0), "%s", f.text);
	cr_expect(eq(str, back->text, text));
	back->hash = o->hash;
	memcpy(back->path, o->path, sizeof(o->path));
	cr_expect(eq(int, memcmp(o, back, offsetof(struct options, text_size)), 0));
	free(text);
	free(o);
	free(back);
}

Test(options, knows_a_local_endpoint)
{
	cr_expect(endpoint_is_local("ipc:///run/x"));
	cr_expect(endpoint_is_local("@tcp://127.0.0.1:7100"));
	cr_expect(not(endpoint_is_local("tcp://10.0.0.2:7100")));
	cr_expect(not(endpoint_is_local("@tcp://*:7100")));
}
