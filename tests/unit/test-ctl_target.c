#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl_target.h"

static char dir[] = "/tmp/bcid-ctl_target-XXXXXX";
static char path[3][200];
static int n_paths;

static void make_folder(const char *name)
{
	snprintf(path[n_paths], sizeof(path[0]), "%s/%s", dir, name);
	cr_assert(eq(int, mkdir(path[n_paths], 0700), 0));
	n_paths++;
}

static void open_folder(void)
{
	cr_assert(ne(ptr, mkdtemp(dir), NULL));
}

static void close_folder(void)
{
	while (n_paths > 0)
		rmdir(path[--n_paths]);
	rmdir(dir);
}

TestSuite(ctl_target, .init = open_folder, .fini = close_folder);

Test(ctl_target, is_the_rig_that_is_named)
{
	char endpoint[CTL_ENDPOINT_SIZE], want[CTL_ENDPOINT_SIZE];
	struct failure f = { 0 };
	make_folder("a");
	make_folder("b");
	cr_assert(eq(int, ctl_target_find("m7", dir, &f, endpoint), 0), "%s", f.text);
	snprintf(want, sizeof(want), "ipc://%s/m7/control", dir);
	cr_expect(eq(str, endpoint, want));
	cr_expect(eq(int, ctl_target_find("../etc", dir, &f, endpoint), -EINVAL));
	cr_expect(eq(int, ctl_target_find("", dir, &f, endpoint), -EINVAL));
}

Test(ctl_target, is_the_only_rig_there_is)
{
	char endpoint[CTL_ENDPOINT_SIZE], want[CTL_ENDPOINT_SIZE];
	struct failure f = { 0 };
	make_folder("m1");
	cr_assert(eq(int, ctl_target_find(NULL, dir, &f, endpoint), 0), "%s", f.text);
	snprintf(want, sizeof(want), "ipc://%s/m1/control", dir);
	cr_expect(eq(str, endpoint, want));
}

Test(ctl_target, is_rig1_where_there_is_none)
{
	char endpoint[CTL_ENDPOINT_SIZE];
	struct failure f = { 0 };
	cr_assert(eq(int, ctl_target_find(NULL, "/nonexistent", &f, endpoint), 0));
	cr_expect(eq(str, endpoint, (char *)"ipc:///nonexistent/rig1/control"));
}

Test(ctl_target, is_not_guessed_among_several)
{
	char endpoint[CTL_ENDPOINT_SIZE];
	struct failure f = { 0 };
	make_folder("left");
	make_folder("right");
	cr_expect(eq(int, ctl_target_find(NULL, dir, &f, endpoint), -EINVAL));
	cr_expect(strstr(f.text, "left") && strstr(f.text, "right"), "%s", f.text);
}

Test(ctl_target, is_missing_at_once_where_there_is_no_socket)
{
	struct failure f = { 0 };
	cr_expect(eq(int, ctl_target_check("ipc:///nonexistent/control", &f), -ENOENT));
	cr_expect(ne(ptr, strstr(f.text, "is it running?"), NULL), "%s", f.text);
	cr_expect(eq(int, ctl_target_check("tcp://127.0.0.1:7103", &f), 0), "only asking tells");
	cr_expect(eq(int, ctl_target_check("ipc://@abstract", &f), 0));
}

Test(ctl_target, is_missing_at_once_where_nobody_listens_any_more)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char endpoint[CTL_ENDPOINT_SIZE];
	struct failure f = { 0 };
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/control", dir);
	snprintf(endpoint, sizeof(endpoint), "ipc://%s", at.sun_path);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert(eq(int, bind(s, (const struct sockaddr *)&at, sizeof(at)), 0));
	cr_assert(eq(int, listen(s, 1), 0));
	cr_expect(eq(int, ctl_target_check(endpoint, &f), 0), "%s", f.text);
	cr_expect(eq(int, ctl_target_check(endpoint, &f), 0), "looking does no harm: %s", f.text);
	cr_expect(eq(int, ctl_target_check(endpoint, &f), 0), "a full queue is a listener's too: %s", f.text);
	close(s);
	cr_expect(eq(int, ctl_target_check(endpoint, &f), -ENOENT), "its file is still there");
	unlink(at.sun_path);
}

struct endpoint_case {
	char bound[40], control[40], connect[40];
};

ParameterizedTestParameters(ctl_target, makes_a_bound_endpoint_connectable)
{
	static struct endpoint_case cases[] = {
		{ "tcp://127.0.0.1:7101", "ipc:///run/c", "tcp://127.0.0.1:7101" },
		{ "@tcp://127.0.0.1:7101", "ipc:///run/c", "tcp://127.0.0.1:7101" },
		{ "tcp://*:7101", "ipc:///run/c", "tcp://127.0.0.1:7101" },
		{ "tcp://0.0.0.0:7101", "tcp://rig:7103", "tcp://rig:7101" },
		{ "tcp://[::]:7101", "@tcp://[fe80::1]:7103", "tcp://[fe80::1]:7101" },
		{ "ipc:///run/i", "tcp://rig:7103", "ipc:///run/i" },
	};
	return cr_make_param_array(struct endpoint_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct endpoint_case *c, ctl_target, makes_a_bound_endpoint_connectable)
{
	char endpoint[CTL_ENDPOINT_SIZE];
	ctl_target_connectable(c->bound, c->control, endpoint);
	cr_expect(eq(str, endpoint, c->connect), "%s", c->bound);
}

Test(ctl_target, knows_its_own_host)
{
	cr_expect(ctl_target_same_host("ipc:///run/c"));
	cr_expect(ctl_target_same_host("tcp://127.0.0.2:1"));
	cr_expect(ctl_target_same_host("tcp://localhost:1"));
	cr_expect(not(ctl_target_same_host("tcp://localhost.example:1")));
	cr_expect(not(ctl_target_same_host("tcp://rig:1")));
	cr_expect(not(ctl_target_same_host("tcp://10.127.0.1:1")));
}
