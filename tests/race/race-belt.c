/* One producer, one consumer that now and then goes back to what it has not released. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "belt.h"

#define RECORDS 50000

static struct belt *belt;
static uint64_t refused;

static size_t size_of(uint32_t i)
{
	return sizeof(i) + (i * 2654435761u >> 20) % 200;
}

static void *produce(void *arg)
{
	(void)arg;
	for (uint32_t i = 0; i < RECORDS;) {
		unsigned char *to = belt_claim(belt, size_of(i));
		if (!to) {
			refused++;
			sched_yield();
			continue;
		}
		memset(to, (int)(i & 255), size_of(i));
		memcpy(to, &i, sizeof(i));
		belt_commit(belt);
		i++;
	}
	return NULL;
}

static int is_record(const unsigned char *at, size_t n, uint32_t wanted)
{
	uint32_t i;
	memcpy(&i, at, sizeof(i));
	if (i != wanted || n != size_of(i))
		return 0;
	for (size_t k = sizeof(i); k < n; k++)
		if (at[k] != (i & 255))
			return 0;
	return 1;
}

int main(void)
{
	pthread_t thread;
	uint32_t released = 0, next = 0, turns = 0;
	size_t n;

	if (belt_create(4096, &belt) < 0 || pthread_create(&thread, NULL, produce, NULL) != 0)
		return 1;
	while (released < RECORDS) {
		const unsigned char *at = belt_read(belt, &n);
		if (at && !is_record(at, n, next)) {
			fprintf(stderr, "record %u is not what was put\n", next);
			return 1;
		}
		next += at != NULL;
		if (belt_used(belt) > belt_capacity(belt))
			return 1;
		if (++turns % 7 == 0) {
			belt_release(belt);
			released = next;
		} else if (turns % 41 == 0) {
			belt_rewind(belt);
			next = released;
		}
	}
	pthread_join(thread, NULL);
	belt_destroy(belt);
	printf("%d records, %llu times full\n", RECORDS, (unsigned long long)refused);
	return 0;
}
