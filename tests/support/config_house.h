/* config_house: a table with a key of every type, for the tests of config. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

#include "config.h"

struct house {
	char title[64];
	bool lit;
	double height_m;
};

struct room {
	char name[CONFIG_NAME_SIZE];
	char door[16];
	int64_t n_windows;
	double width_m;
	bool heated;
	int floor;
	int64_t any;
};

static const char *const floors[] = { "cellar", "ground", "attic", NULL };

#define FIELD(record, field) offsetof(struct record, field), sizeof(((struct record *)0)->field)

static const struct config_key house_keys[] = {
	{ "title", CONFIG_STRING, FIELD(house, title), 0, 1, "home", NULL, "name of the house" },
	{ "lit", CONFIG_BOOL, FIELD(house, lit), 0, 0, "no", NULL, "lamps are on" },
	{ "height.max_m", CONFIG_DOUBLE, FIELD(house, height_m), 0, 1000, "9.5", NULL, "height, metres" },
	{ 0 },
};

static const struct config_key room_keys[] = {
	{ "door", CONFIG_STRING, FIELD(room, door), 0, 1, "", NULL, "where it leads" },
	{ "n_windows", CONFIG_INT, FIELD(room, n_windows), 1, 96, "2", NULL, "number of windows" },
	{ "width_m", CONFIG_DOUBLE, FIELD(room, width_m), -1.5, 1e6, "4", NULL, "width, metres" },
	{ "heated", CONFIG_BOOL, FIELD(room, heated), 0, 0, "yes", NULL, "there is a stove" },
	{ "floor", CONFIG_CHOICE, FIELD(room, floor), 0, 0, "ground", floors, "where it is" },
	{ "any", CONFIG_INT, FIELD(room, any), 0, 0, "-7", NULL, "any whole number" },
	{ 0 },
};

#define MAX_ROOMS 4
static const struct config_section sections[] = {
	{ "house", false, house_keys, sizeof(struct house), 0, 1 },
	{ "room", true, room_keys, sizeof(struct room), offsetof(struct room, name), MAX_ROOMS },
	{ 0 },
};

/* What a text says. */
struct plan {
	struct house house;
	struct room rooms[MAX_ROOMS];
	struct config_records records[2];
	struct failure failure;
	int result;
};

/* free() it. */
static inline struct plan *read_text(const char *text)
{
	struct plan *p = calloc(1, sizeof(*p));
	p->records[0].base = &p->house;
	p->records[1].base = p->rooms;
	p->result = config_read_text(text, "file", sections, p->records, &p->failure);
	return p;
}
