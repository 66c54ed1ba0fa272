#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keeper.h"

static char base[] = "/tmp/bcid-keeper.XXXXXX";
static uv_loop_t loop;
static struct telemetry telemetry;
static struct keeper *keeper;
static int alarms;

static void on_event(void *arg, const struct telemetry_event *e)
{
	(void)arg;
	alarms += e->severity == SEVERITY_ALARM;
}

static void set_up(void)
{
	struct failure f = { "" };
	cr_assert(ne(ptr, mkdtemp(base), NULL));
	uv_loop_init(&loop);
	telemetry.on_event = on_event;
	cr_assert(eq(int, keeper_create(base, "m1", 3, &loop, &telemetry, &f, &keeper), 0), "%s", f.text);
}

static void tear_down(void)
{
	char command[64];
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	keeper_destroy(keeper);
	snprintf(command, sizeof(command), "rm -r %s", base);
	cr_expect(eq(int, system(command), 0));
}

TestSuite(keeper, .init = set_up, .fini = tear_down);

Test(keeper, has_nothing_at_first)
{
	static struct kept k;
	struct failure f;
	cr_expect(eq(int, keeper_load(keeper, &f, &k), -ENOENT));
}

Test(keeper, keeps_the_newest_masks)
{
	static const uint8_t first[] = { 1, 1, 1 }, second[] = { 1, 0, 0 }, third[] = { 0, 1, 0 };
	static struct kept k;
	struct failure f = { "" };
	keeper_save_masks(keeper, first);
	keeper_save_masks(keeper, second); /* while the first is being written */
	keeper_save_masks(keeper, third);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert(eq(int, keeper_load(keeper, &f, &k), 0), "%s", f.text);
	cr_expect(eq(int, memcmp(k.masked, third, 3), 0));
	cr_expect(eq(int, alarms, 0));
}

Test(keeper, raises_an_alarm_where_the_disk_refuses)
{
	static const uint8_t masked[] = { 1, 1, 1 };
	char name[64];
	snprintf(name, sizeof(name), "%s/m1", base);
	fclose(fopen(name, "w")); /* no folder can be made there */
	keeper_save_masks(keeper, masked);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect(eq(int, alarms, 1));
	unlink(name);
	keeper_save_masks(keeper, masked);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect(eq(int, alarms, 1));
}
