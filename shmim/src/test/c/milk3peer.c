/*
 * milk3peer - an independent C peer for the byte stream "milk3" of 2026.
 *
 *   milk3peer tx FILE PORT       follows an image and sends each new frame
 *   milk3peer rx PORT            prints a line for each frame that comes
 *
 * A frame is, little endian and back to back: magic, cnt0, slice, keyword slots (8 bytes each), 384 bytes of metadata,
 * the pixels of one slice, 128 bytes a slot. Offsets in the metadata are those of the image's file.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 384, NAME = 32, SIZE = 116, DATATYPE = 136, ATIME = 184, CNT0 = 264, CNT1 = 272, NBKW = 290 };
static const int64_t magic = 0x12341234FF;
static const int type_bytes[] = {0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 8, 16, 2};

struct prefix {
    int64_t magic, cnt0, slice, slots;
    char head[HEAD];
};

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint32_t u32(const char *head, int at) {
    uint32_t v;
    memcpy(&v, head + at, 4);
    return v;
}

static int64_t i64(const char *head, int at) {
    int64_t v;
    memcpy(&v, head + at, 8);
    return v;
}

static size_t slice_bytes(const char *head) {
    return (size_t) type_bytes[(int) head[DATATYPE]] * u32(head, SIZE) * u32(head, SIZE + 4);
}

static int slots_of(const char *head) {
    uint16_t v;
    memcpy(&v, head + NBKW, 2);
    return v;
}

static struct sockaddr_in address(const char *port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static void put(int fd, const void *bytes, size_t n) {
    for (const char *p = bytes; n > 0;) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0) die("send");
        p += sent;
        n -= sent;
    }
}

static int transmit(const char *file, const char *port) {
    int image = open(file, O_RDONLY);
    struct stat st;
    if (image < 0 || fstat(image, &st)) die(file);
    const char *map = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, image, 0);
    if (map == MAP_FAILED) die("mmap");
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in to = address(port);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *) &to, sizeof to)) die("connect");
    printf("connected\n");
    fflush(stdout);
    size_t bytes = slice_bytes(map);
    size_t cube = i64(map, 312);
    for (int64_t last = 0;;) {
        int64_t now = i64(map, CNT0);
        if (now == last) {
            usleep(50);
            continue;
        }
        struct prefix p = {magic, now, cube > bytes ? i64(map, CNT1) : 0, slots_of(map)};
        memcpy(p.head, map, HEAD);
        put(fd, &p, sizeof p);
        put(fd, map + HEAD + bytes * p.slice, bytes);
        put(fd, map + HEAD + (cube + 7) / 8 * 8, (size_t) 128 * p.slots);
        last = now;
    }
}

/* 0 at the end of the stream. */
static int get(int fd, void *bytes, size_t n) {
    return n == 0 || recv(fd, bytes, n, MSG_WAITALL) == (ssize_t) n;
}

static int receive(const char *port) {
    int server = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in at = address(port);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server, (struct sockaddr *) &at, sizeof at) || listen(server, 1)) die("listen");
    printf("listening\n");
    fflush(stdout);
    int fd = accept(server, NULL, NULL);
    struct prefix p;
    while (get(fd, &p, sizeof p)) {
        if (p.magic != magic) {
            printf("wrong magic %lx\n", (long) p.magic);
            return 1;
        }
        size_t bytes = slice_bytes(p.head), keywords = (size_t) 128 * p.slots;
        unsigned char *rest = malloc(bytes + keywords + 1);
        if (!get(fd, rest, bytes + keywords)) break;
        unsigned long sum = 0;
        for (size_t i = 0; i < bytes; i++) sum += rest[i];
        printf("frame name=%s cnt0=%ld head=%ld slice=%ld slots=%ld bytes=%zu sum=%lu\n", p.head + NAME, (long) p.cnt0,
               (long) i64(p.head, CNT0), (long) p.slice, (long) p.slots, bytes, sum);
        fflush(stdout);
        free(rest);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && !strcmp(argv[1], "tx")) return transmit(argv[2], argv[3]);
    if (argc == 3 && !strcmp(argv[1], "rx")) return receive(argv[2]);
    fprintf(stderr, "milk3peer tx FILE PORT | rx PORT\n");
    return 2;
}
