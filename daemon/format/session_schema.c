#include "session_schema.h"

#include <errno.h>
#include <string.h>

/* SQLite keeps these statements as they stand, comments and all: each file explains itself. */
const char *const session_schema[] = {
	"CREATE TABLE session ( -- what holds for the whole file, a fact a row\n"
	"  key TEXT PRIMARY KEY,\n"
	"  value -- times are nanoseconds: started_ns on CLOCK_MONOTONIC, *_unix_ns since 1970\n"
	") WITHOUT ROWID",

	"CREATE TABLE blobs ( -- configuration and model files, byte for byte\n"
	"  hash TEXT PRIMARY KEY, -- SHA-256, as sha256sum prints it\n"
	"  name TEXT NOT NULL, -- path that it was read from\n"
	"  bytes BLOB NOT NULL\n"
	")",

	"CREATE TABLE bins ( -- a bin closed. Blobs are little endian everywhere\n"
	"  n INTEGER PRIMARY KEY, -- number of the record, from 1, across all tables\n"
	"  epoch INTEGER NOT NULL,\n"
	"  flags INTEGER NOT NULL, -- 1 epoch begins, 2 gap, 4 concealed, 8 calibrating\n"
	"  bin INTEGER NOT NULL, -- number in its epoch, from 0\n"
	"  step INTEGER, -- bins that the pipeline was given before; NULL: it never saw this one\n"
	"  acquired_ns INTEGER NOT NULL, -- the bin edge on the acquisition clock\n"
	"  edge_ns INTEGER NOT NULL, -- the same on CLOCK_MONOTONIC, as all times but *_unix_ns\n"
	"  received_ns INTEGER NOT NULL, -- of its last packet; 0: none came\n"
	"  closed_ns INTEGER NOT NULL,\n"
	"  counts BLOB NOT NULL -- uint16 a unit: spikes in the bin\n"
	")",

	"CREATE TABLE results ( -- the worker's answer to a bin\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  epoch INTEGER NOT NULL,\n"
	"  flags INTEGER NOT NULL,\n"
	"  bin INTEGER NOT NULL,\n"
	"  start_ns INTEGER NOT NULL, -- taken by the worker\n"
	"  done_ns INTEGER NOT NULL, -- estimate ready\n"
	"  late INTEGER NOT NULL, -- 1: its intent had gone out as a hold\n"
	"  horizon INTEGER NOT NULL, -- the rates are those of bin + horizon\n"
	"  estimate BLOB NOT NULL, -- float32 an output, in the units of table outputs\n"
	"  command INTEGER, -- class that is commanded in this bin, a position in outputs; NULL: none\n"
	"  sd BLOB, -- float32 an output: standard deviation, where the decoder has one\n"
	"  rates BLOB NOT NULL -- float32 a unit: the forecast, expected spikes a bin; empty: no forecaster\n"
	")",

	"CREATE TABLE intents ( -- a bin at the gate: what it saw and what it let out\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  epoch INTEGER NOT NULL,\n"
	"  bin INTEGER NOT NULL,\n"
	"  has_estimate INTEGER NOT NULL, -- 1: that of table results with this epoch and bin\n"
	"  flags INTEGER NOT NULL, -- as in bins\n"
	"  missing INTEGER NOT NULL, -- 1: the bin never reached the decoder\n"
	"  state TEXT NOT NULL, -- idle, shadow, armed, fault, calibrating\n"
	"  edge_ns INTEGER NOT NULL,\n"
	"  now_ns INTEGER NOT NULL, -- judged, and sent at once\n"
	"  heartbeat_age_ns INTEGER NOT NULL, -- of the oldest required effector; -1: none is required;\n"
	"    -- 9223372036854775807: never heard\n"
	"  enabled_until_ns INTEGER NOT NULL, -- the operator's enable; 0: none\n"
	"  verdict TEXT NOT NULL, -- hold, pass, clamp\n"
	"  reason TEXT NOT NULL,\n"
	"  value BLOB NOT NULL, -- float32 an output: what went out\n"
	"  valid_for_ns INTEGER NOT NULL,\n"
	"  command INTEGER, -- the newest command that stands, a position in outputs; NULL: none\n"
	"  command_ns INTEGER NOT NULL, -- now_ns of its own intent\n"
	"  queued_ns INTEGER NOT NULL -- handed to ZeroMQ; 0: not sent, the stream has no decoder\n"
	")",

	"CREATE TABLE orders ( -- what was done to the pipeline before it took the bin of that step\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  step INTEGER NOT NULL,\n"
	"  kind TEXT NOT NULL, -- reset, mask\n"
	"  masked BLOB -- uint8 a unit, 1 = masked\n"
	")",

	"CREATE TABLE snapshots ( -- the pipeline's state before it took the bin of that step\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  step INTEGER NOT NULL,\n"
	"  masked BLOB NOT NULL, -- uint8 a unit, 1 = masked\n"
	"  state BLOB NOT NULL -- as pipeline_state_save() writes it\n"
	")",

	"CREATE TABLE models ( -- what the pipeline is made of from that step on\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  step INTEGER NOT NULL,\n"
	"  forecaster TEXT NOT NULL, -- path, mean or none\n"
	"  forecaster_hash TEXT, -- SHA-256 in blobs; NULL: no file\n"
	"  decoder TEXT NOT NULL,\n"
	"  decoder_hash TEXT,\n"
	"  hash TEXT NOT NULL, -- of the pair, as the intents carry it\n"
	"  context TEXT NOT NULL -- stream, window\n"
	")",

	"CREATE TABLE gates ( -- the gate's limits and memory before it judged the next bin\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  max_speed_mm_s REAL NOT NULL,\n"
	"  max_acceleration_mm_s2 REAL NOT NULL,\n"
	"  deadline_ns INTEGER NOT NULL,\n"
	"  heartbeat_timeout_ns INTEGER NOT NULL,\n"
	"  valid_for_ns INTEGER NOT NULL,\n"
	"  bin_ns INTEGER NOT NULL, -- wall time of a bin\n"
	"  conceal_max_bins INTEGER NOT NULL,\n"
	"  resume_bins INTEGER NOT NULL,\n"
	"  command_interval_ns INTEGER NOT NULL, -- least time between two commands\n"
	"  needs_enable INTEGER NOT NULL,\n"
	"  last BLOB NOT NULL, -- float32 an output: where the effector was told to be\n"
	"  last_ns INTEGER NOT NULL,\n"
	"  last_edge_ns INTEGER NOT NULL,\n"
	"  hold_from BLOB NOT NULL, -- float32 an output: where a ramp began\n"
	"  hold_since_ns INTEGER NOT NULL, -- 0: not holding\n"
	"  gap_bins INTEGER NOT NULL,\n"
	"  command_ns INTEGER NOT NULL, -- newest command that passed; 0: none\n"
	"  command INTEGER NOT NULL, -- which\n"
	"  command_stands INTEGER NOT NULL, -- 1: no hold has taken it back\n"
	"  resume_left INTEGER NOT NULL\n"
	")",

	"CREATE TABLE outputs ( -- what the numbers of an estimate mean, for each row of gates\n"
	"  gate_n INTEGER NOT NULL, -- n of gates\n"
	"  position INTEGER NOT NULL, -- place in estimate and value, from 0\n"
	"  name TEXT NOT NULL,\n"
	"  unit TEXT NOT NULL,\n"
	"  kind TEXT NOT NULL, -- velocity, position, other, class\n"
	"  hold TEXT NOT NULL, -- unstated, zero, last, ramp\n"
	"  ramp_ms INTEGER NOT NULL,\n"
	"  to_mm REAL NOT NULL, -- factor to mm or mm/s; 0: the unit is not one of length\n"
	"  PRIMARY KEY (gate_n, position)\n"
	") WITHOUT ROWID",

	"CREATE TABLE cues ( -- the task's cues\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  received_ns INTEGER NOT NULL,\n"
	"  source_id INTEGER NOT NULL,\n"
	"  seq INTEGER NOT NULL,\n"
	"  time_ns INTEGER NOT NULL, -- acquisition clock\n"
	"  trial INTEGER NOT NULL,\n"
	"  phase INTEGER NOT NULL, -- 0 idle, 1 cue, 2 go, 3 hold, 4 reward\n"
	"  position_mm BLOB NOT NULL, -- float32 an axis; empty: the target is a class\n"
	"  radius_mm REAL NOT NULL,\n"
	"  class INTEGER -- NULL: none\n"
	")",

	"CREATE TABLE effectors ( -- the effector's state as it was shown or moved\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  received_ns INTEGER NOT NULL,\n"
	"  source_id INTEGER NOT NULL,\n"
	"  seq INTEGER NOT NULL,\n"
	"  time_ns INTEGER NOT NULL, -- acquisition clock: of display or actuation\n"
	"  position_mm BLOB NOT NULL, -- float32 an axis\n"
	"  velocity_mm_s BLOB NOT NULL, -- float32 an axis\n"
	"  assist REAL NOT NULL, -- 0 none to 1: the computer moves it\n"
	"  epoch INTEGER NOT NULL, -- of the last intent applied\n"
	"  last_bin_applied INTEGER NOT NULL\n"
	")",

	"CREATE TABLE events ( -- states, alarms, marks\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  time_ns INTEGER NOT NULL,\n"
	"  unix_ns INTEGER NOT NULL,\n"
	"  severity INTEGER NOT NULL, -- 0 info, 1 warning, 2 alarm\n"
	"  kind TEXT NOT NULL, -- a fixed word: mark, state, epoch-begin, ...\n"
	"  text TEXT NOT NULL,\n"
	"  whole_daemon INTEGER NOT NULL -- 1: not of this stream alone\n"
	")",

	"CREATE TABLE log ( -- lines of the daemon's log\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  time_ns INTEGER NOT NULL,\n"
	"  level TEXT NOT NULL,\n"
	"  text TEXT NOT NULL\n"
	")",

	"CREATE TABLE counters ( -- what was counted since the daemon's start\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  time_ns INTEGER NOT NULL,\n"
	"  name TEXT NOT NULL,\n"
	"  value INTEGER NOT NULL\n"
	")",

	"CREATE TABLE packets ( -- messages of topic neural/STREAM as they came in\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  received_ns INTEGER NOT NULL,\n"
	"  bytes BLOB NOT NULL -- bcid.v1 protobuf\n"
	")",

	"CREATE TABLE losses ( -- records that could not be stored: the disk was slow or full\n"
	"  n INTEGER PRIMARY KEY,\n"
	"  first_n INTEGER NOT NULL, -- both included\n"
	"  last_n INTEGER NOT NULL,\n"
	"  first_epoch INTEGER NOT NULL, -- the bins that were open then\n"
	"  last_epoch INTEGER NOT NULL,\n"
	"  first_bin INTEGER NOT NULL,\n"
	"  last_bin INTEGER NOT NULL,\n"
	"  time_ns INTEGER NOT NULL -- when there was room again\n"
	")",

	"CREATE VIEW story AS -- a bin a row, with its answer and its intent\n"
	"  SELECT b.epoch, b.bin, b.flags, b.step, (i.now_ns - b.edge_ns) / 1000.0 AS edge_to_sent_us,\n"
	"    (r.done_ns - r.start_ns) / 1000.0 AS step_us, r.late, i.state, i.verdict, i.reason,\n"
	"    b.counts, r.rates, r.estimate, i.value\n"
	"  FROM bins b LEFT JOIN results r USING (epoch, bin) LEFT JOIN intents i USING (epoch, bin)",
	NULL,
};

const struct session_table session_tables[SESSION_N_KINDS] = {
	[SESSION_BIN] = { "bins", "n,epoch,flags,bin,step,acquired_ns,edge_ns,received_ns,closed_ns,counts",
			  10 },
	[SESSION_RESULT] = { "results",
			     "n,epoch,flags,bin,start_ns,done_ns,late,horizon,estimate,command,sd,rates",
			     12 },
	[SESSION_INTENT] = { "intents",
			     "n,epoch,bin,has_estimate,flags,missing,state,edge_ns,now_ns,heartbeat_age_ns,"
			     "enabled_until_ns,verdict,reason,value,valid_for_ns,command,command_ns,queued_"
			     "ns",
			     18 },
	[SESSION_ORDER] = { "orders", "n,step,kind,masked", 4 },
	[SESSION_SNAPSHOT] = { "snapshots", "n,step,masked,state", 4 },
	[SESSION_MODEL] = { "models", "n,step,forecaster,forecaster_hash,decoder,decoder_hash,hash,context",
			    8 },
	[SESSION_GATE] = { "gates",
			   "n,max_speed_mm_s,max_acceleration_mm_s2,deadline_ns,heartbeat_timeout_ns,"
			   "valid_for_ns,bin_ns,conceal_max_bins,resume_bins,command_interval_ns,needs_"
			   "enable,last,last_ns,"
			   "last_edge_ns,hold_from,hold_since_ns,gap_bins,command_ns,command,command_stands,"
			   "resume_left",
			   21 },
	[SESSION_CUE] = { "cues",
			  "n,received_ns,source_id,seq,time_ns,trial,phase,position_mm,radius_mm,class", 10 },
	[SESSION_EFFECTOR] = { "effectors",
			       "n,received_ns,source_id,seq,time_ns,position_mm,velocity_mm_s,assist,epoch,"
			       "last_bin_applied",
			       10 },
	[SESSION_EVENT] = { "events", "n,time_ns,unix_ns,severity,kind,text,whole_daemon", 7 },
	[SESSION_LOG] = { "log", "n,time_ns,level,text", 4 },
	[SESSION_COUNTER] = { "counters", "n,time_ns,name,value", 4 },
	[SESSION_PACKET] = { "packets", "n,received_ns,bytes", 3 },
	[SESSION_LOSS] = { "losses", "n,first_n,last_n,first_epoch,last_epoch,first_bin,last_bin,time_ns",
			   8 },
};

const char *const session_order_words[] = { "reset", "mask" };
const char *const session_output_kinds[] = { "velocity", "position", "other", "class" };
const char *const session_holds[] = { "unstated", "zero", "last", "ramp" };
const char *const session_contexts[] = { "stream", "window" };

const char *session_kind_text(enum session_kind kind)
{
	return (unsigned)kind < SESSION_N_KINDS ? session_tables[kind].name : "unknown";
}

int session_word(const char *word, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

static int code_of(sqlite3 *db)
{
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_FULL: return -ENOSPC;
	case SQLITE_READONLY: return -EROFS;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH: return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return -EBADMSG;
	case SQLITE_NOMEM: return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return -EBUSY;
	default: return -EIO;
	}
}

int session_failure(sqlite3 *db, const char *where, struct failure *f)
{
	int r = db ? code_of(db) : -ENOMEM;
	int system = db ? sqlite3_system_errno(db) : 0;
	bool told = r == -EIO || r == -EACCES || r == -ENOSPC;
	if (told && system > 0)
		return failure_set(f, r, "%s: %s (%s)", where, sqlite3_errmsg(db), strerror(system));
	return failure_set(f, r, "%s: %s", where, db ? sqlite3_errmsg(db) : "out of memory");
}
