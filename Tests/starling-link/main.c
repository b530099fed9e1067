// A link with a round trip: passes TCP connections on to a port of this machine and delays every byte by half of it in each
// direction. For benchmarks and tests on kernels without netem; it reorders and loses nothing.
//
//     starling-link PORT ROUND_TRIP_MS
//
// Prints the port it listens on at 127.0.0.1 and serves until it is killed. A connection to a port that nobody listens on is closed.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT = 1024, PIECE = 256 * 1024 };

// Bytes that were read at once; none: the sender is done.
struct piece {
    struct piece *next;
    int64_t due;
    size_t start, count;
    char bytes[];
};

// What one socket says to its peer.
struct lane {
    int source, sink;
    int is_over, is_blocked;
    struct piece *first, **end;
};

static struct lane lanes[LIMIT];  // by source
static struct pollfd polled[LIMIT];
static char room[PIECE];

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *call) {
    perror(call);
    exit(1);
}

static void open_lane(int source, int sink) {
    int on = 1;
    setsockopt(source, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct lane *lane = &lanes[source];
    *lane = (struct lane){.source = source, .sink = sink};
    lane->end = &lane->first;
}

static void connect_through(int listener, uint16_t port) {
    int near = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (near < 0) return;
    int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (far < 0 || near >= LIMIT || far >= LIMIT || connect(far, (struct sockaddr *)&address, sizeof address) < 0) {
        close(near);
        if (far >= 0) close(far);
        return;
    }
    open_lane(near, far);
    open_lane(far, near);
}

static void take(struct lane *lane, int64_t delay) {
    ssize_t count = recv(lane->source, room, sizeof room, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0) count = 0;
    struct piece *piece = malloc(sizeof *piece + count);
    if (!piece) fail("malloc");
    *piece = (struct piece){.due = now() + delay, .count = count};
    memcpy(piece->bytes, room, count);
    lane->is_over = count == 0;
    *lane->end = piece;
    lane->end = &piece->next;
}

static void drop_first(struct lane *lane) {
    struct piece *piece = lane->first;
    lane->first = piece->next;
    if (!lane->first) lane->end = &lane->first;
    free(piece);
}

static void deliver(struct lane *lane, int64_t time) {
    lane->is_blocked = 0;
    while (lane->first && lane->first->due <= time) {
        struct piece *piece = lane->first;
        if (piece->count == 0) {
            shutdown(lane->sink, SHUT_WR);
            drop_first(lane);
            continue;
        }
        ssize_t sent = send(lane->sink, piece->bytes + piece->start, piece->count - piece->start, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            lane->is_blocked = 1;
            return;
        }
        if (sent < 0) {
            // Nobody is there to read it: the sender is told so.
            shutdown(lane->source, SHUT_RDWR);
            while (lane->first) drop_first(lane);
            return;
        }
        piece->start += sent;
        if (piece->start == piece->count) drop_first(lane);
    }
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: starling-link PORT ROUND_TRIP_MS\n");
        return 64;
    }
    uint16_t port = atoi(arguments[1]);
    int64_t delay = atof(arguments[2]) / 2 * 1e6;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1024) < 0) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    while (1) {
        int64_t next = INT64_MAX;
        int polls = 0;
        polled[polls++] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (int source = 0; source < LIMIT; source++) {
            struct lane *lane = &lanes[source];
            if (!lane->end) continue;
            if (lane->is_over && !lane->first) {
                // Both directions are over: none of the two descriptors is used any more.
                struct lane *other = &lanes[lane->sink];
                if (!other->is_over || other->first) continue;
                close(lane->source);
                close(other->source);
                memset(other, 0, sizeof *other);
                memset(lane, 0, sizeof *lane);
                continue;
            }
            if (!lane->is_over) polled[polls++] = (struct pollfd){.fd = source, .events = POLLIN};
            if (!lane->first) continue;
            if (lane->is_blocked) {
                polled[polls++] = (struct pollfd){.fd = lane->sink, .events = POLLOUT};
            } else if (lane->first->due < next) {
                next = lane->first->due;
            }
        }
        int64_t pause = next == INT64_MAX ? 1000000000 : next - now();
        if (pause < 0) pause = 0;
        struct timespec time = {.tv_sec = pause / 1000000000, .tv_nsec = pause % 1000000000};
        if (ppoll(polled, polls, &time, NULL) < 0 && errno != EINTR) fail("ppoll");
        if (polled[0].revents) connect_through(listener, port);
        for (int index = 1; index < polls; index++) {
            struct lane *lane = &lanes[polled[index].fd];
            if (polled[index].events == POLLIN && polled[index].revents && lane->end) take(lane, delay);
        }
        int64_t time_now = now();
        for (int source = 0; source < LIMIT; source++) {
            if (lanes[source].first && lanes[source].first->due <= time_now) deliver(&lanes[source], time_now);
        }
    }
}
