/* ctl_status: bcid's state for a person, on stdout. */
#pragma once

#include <stdbool.h>

#include "bcid/v1/control.pb-c.h"

/* `stream` "": all of them. `units`: also a table of every unit's rate. */
void ctl_status_print(const Bcid__V1__Status *s, const char *stream, bool units);

/* The paragraph about a stream's recording alone. */
void ctl_status_print_record(const Bcid__V1__StreamStatus *s);
