/*
 * procpeer - reads and writes process information as milk-procCTRL and milk's programs do, by
 * offsets of its own, so that another implementation can be tested against it.
 *
 *   procpeer list DIR                    slots in use: number, PID, active, name
 *   procpeer show DIR NAME               what a process tells
 *   procpeer set DIR NAME VALUE          what it is told: CTRLval
 *   procpeer get DIR NAME                the same, read
 *   procpeer slot DIR SLOT PID ACTIVE NAME   writes a slot, made with its list if need be
 *   procpeer take DIR COUNT              takes slots as milk does, without a lock, one after another
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 50000, NAME = 80 };
enum { LIST_ACTIVE = 4 * SLOTS, LIST_NAME = 8 * SLOTS, LIST_TIME = 88 * SLOTS, LIST_BYTES = 96 * SLOTS };
enum { FUNCTION = 80, PID = 484, CREATETIME = 488, LOOPCNT = 504, LOOPCNT_MAX = 512, CTRLVAL = 520, TMUX = 524,
       LOOPSTAT = 624, STATUSMSG = 628 };

struct layout { long bytes, stream, missed, priority, measure, index, start, end, iter_ns, exec_ns, description; };

static const struct layout layouts[] = {
    {4624, 856, 1000, 1012, 1144, 1148, 1160, 2760, 4360, 4368, 4424},
    {4640, 856, 1000, 1024, 1160, 1164, 1176, 2776, 4376, 4384, 4440},
    {4880, 1112, 1256, 1268, 1400, 1404, 1416, 3016, 4616, 4624, 4680}};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static char *map(const char *path, long *bytes, int create)
{
    umask(0);
    int fd = open(path, O_RDWR | (create ? O_CREAT : 0), 0666);
    struct stat st;
    if (fd < 0 || fstat(fd, &st)) die(path);
    if (st.st_size == 0 && create) {
        if (ftruncate(fd, LIST_BYTES)) die(path);
        st.st_size = LIST_BYTES;
    }
    char *at = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) die(path);
    close(fd);
    *bytes = st.st_size;
    return at;
}

static char *list(const char *dir, int create)
{
    char path[4096];
    long bytes;
    snprintf(path, sizeof path, "%s/processinfo.list.shm", dir);
    char *l = map(path, &bytes, create);
    if (bytes != LIST_BYTES) {
        fprintf(stderr, "%s has %ld bytes\n", path, bytes);
        exit(1);
    }
    return l;
}

static volatile int32_t *number(char *l, int array, long slot) { return (int32_t *)(l + array) + slot; }
static char *name(char *l, long slot) { return l + LIST_NAME + NAME * slot; }

static int cmd_list(char **a)
{
    char *l = list(a[0], 0);
    for (long i = 0; i < SLOTS; i++) {
        int active = *number(l, LIST_ACTIVE, i);
        if (active)
            printf("%ld %d %d %.*s %.3f\n", i, *number(l, 0, i), active, NAME, name(l, i),
                   ((double *)(l + LIST_TIME))[i]);
    }
    return 0;
}

static char *process(const char *dir, const char *wanted, long *bytes)
{
    char *l = list(dir, 0), path[4096];
    for (long i = 0; i < SLOTS; i++) {
        if (*number(l, LIST_ACTIVE, i) == 1 && !strncmp(name(l, i), wanted, NAME)) {
            snprintf(path, sizeof path, "%s/proc.%s.%06d.shm", dir, wanted, *number(l, 0, i));
            return map(path, bytes, 0);
        }
    }
    fprintf(stderr, "no process %s\n", wanted);
    exit(1);
}

static int cmd_show(char **a)
{
    long bytes;
    char *p = process(a[0], a[1], &bytes);
    const struct layout *at = NULL;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].bytes == bytes) at = &layouts[i];
    if (!at) {
        fprintf(stderr, "%ld bytes: no known layout\n", bytes);
        return 1;
    }
    int64_t *start = (int64_t *)(p + at->start), *end = (int64_t *)(p + at->end);
    int ascending = 1;
    for (int i = 1; i < 100; i++)
        ascending &= start[2 * i] > start[2 * i - 2]
                  || (start[2 * i] == start[2 * i - 2] && start[2 * i + 1] >= start[2 * i - 1]);
    printf("bytes=%ld\nname=%s\nprogram=%s\npid=%d\ncreated=%ld\nloopcnt=%ld\nloopcntMax=%ld\nCTRLval=%d\ntmux=%s\n"
           "loopstat=%d\nstatusmsg=%s\nstream=%s\nmissed=%ld\npriority=%d\nmeasure=%d\nindex=%d\niter_ns=%ld\n"
           "exec_ns=%ld\nascending=%d\nlast_exec_ns=%ld\ndescription=%s\n",
           bytes, p, p + FUNCTION, *(int *)(p + PID), *(long *)(p + CREATETIME), *(long *)(p + LOOPCNT),
           *(long *)(p + LOOPCNT_MAX), *(int *)(p + CTRLVAL), p + TMUX, *(int *)(p + LOOPSTAT), p + STATUSMSG,
           p + at->stream, *(long *)(p + at->missed), *(int *)(p + at->priority), *(int *)(p + at->measure),
           *(int *)(p + at->index), *(long *)(p + at->iter_ns), *(long *)(p + at->exec_ns), ascending,
           (end[198] - start[198]) * 1000000000L + end[199] - start[199], p + at->description);
    return 0;
}

static int cmd_set(char **a)
{
    long bytes;
    *(volatile int *)(process(a[0], a[1], &bytes) + CTRLVAL) = atoi(a[2]);
    return 0;
}

static int cmd_get(char **a)
{
    long bytes;
    printf("%d\n", *(volatile int *)(process(a[0], a[1], &bytes) + CTRLVAL));
    return 0;
}

static int cmd_slot(char **a)
{
    char *l = list(a[0], 1);
    long slot = atol(a[1]);
    *number(l, 0, slot) = atoi(a[2]);
    strncpy(name(l, slot), a[4], NAME - 1);
    *number(l, LIST_ACTIVE, slot) = atoi(a[3]);
    return 0;
}

/* The first free slot is taken, and its active written last: between the two, another may take it. */
static int cmd_take(char **a)
{
    char *l = list(a[0], 1);
    for (int k = 0; k < atoi(a[1]); k++) {
        long slot = 0;
        while (slot < SLOTS && *number(l, LIST_ACTIVE, slot)) slot++;
        if (slot == SLOTS) die("full");
        *number(l, 0, slot) = getpid();
        snprintf(name(l, slot), NAME, "c-%d", k);
        usleep(500);
        *number(l, LIST_ACTIVE, slot) = 1;
    }
    puts("taken");
    fflush(stdout);
    pause();
    return 0;
}

int main(int argc, char **argv)
{
    static const struct { const char *verb; int words; int (*run)(char **); } verbs[] = {
        {"list", 1, cmd_list}, {"show", 2, cmd_show}, {"set", 3, cmd_set},
        {"get", 2, cmd_get}, {"slot", 5, cmd_slot}, {"take", 2, cmd_take}};
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(argv[1], verbs[i].verb) && argc - 2 == verbs[i].words) return verbs[i].run(argv + 2);
    fprintf(stderr, "usage: procpeer list|show|set|get|slot|take ...\n");
    return 2;
}
