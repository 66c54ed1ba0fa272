/* Feed every file of the folders or files named to the fuzz target, as libFuzzer would. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path, off_t size)
{
	/* exactly as long as the input, so that ASan sees a read beyond it */
	uint8_t *data = malloc(size ? (size_t)size : 1);
	FILE *f = fopen(path, "rbe");
	size_t n = f && data ? fread(data, 1, (size_t)size, f) : 0;
	if (f)
		fclose(f);
	if (n == (size_t)size)
		LLVMFuzzerTestOneInput(data, n);
	else
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	free(data);
	return n == (size_t)size;
}

/* How many inputs were fed; -1 after an error. */
static int replay(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path, st.st_size) ? 1 : -1;

	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort), fed = 0;
	for (int i = 0; i < n; i++) {
		char name[4096];
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		int one = entries[i]->d_name[0] == '.' || fed < 0 ? 0 : replay(name);
		fed = one < 0 ? -1 : fed + one;
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return fed;
}

int main(int argc, char **argv)
{
	int fed = 0;
	for (int i = 1; i < argc && fed >= 0; i++) {
		int n = replay(argv[i]);
		fed = n < 0 ? -1 : fed + n;
	}
	if (fed == 0)
		fprintf(stderr, "no inputs\n");
	printf("%d inputs\n", fed);
	return fed > 0 ? 0 : 1;
}
