/* ctl_record: bcictl record start | stop | status | list. */
#pragma once

#include "ctl_command.h"

int ctl_record_start(struct ctl *c, struct failure *f);
int ctl_record_stop(struct ctl *c, struct failure *f);
int ctl_record_status(struct ctl *c, struct failure *f);
int ctl_record_list(struct ctl *c, struct failure *f);
