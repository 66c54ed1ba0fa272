/* options_keys: the tables behind options.c. The records are, in this order: [daemon], [stream NAME], [worker
 * NAME], [gate NAME]. */
#pragma once

#include "config.h"

extern const struct config_section options_sections[];
