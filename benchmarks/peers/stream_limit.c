/* The limit: one process, epoll, each tick framed once and written to every client. With a third argument, what
 * happens within so many milliseconds of the last write shares the next one. Who does not read is left out until it
 * has taken what it was sent. It answers handshakes without looking at them: its only client does not mind. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 20000, EVENTS = 256, BODY = 154, FRAME = BODY + 4, JOINED_MAX = FRAME * 4096 };

static const char GREETING[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: bm90IGxvb2tlZCBhdA==\r\n\r\n";

struct client {
    int is_open;
    char *rest; /* what the socket did not take */
    size_t rest_length, rest_done;
};

static struct client clients[CLIENTS_MAX];
static int places[CLIENTS_MAX], count, poller;
static char joined[JOINED_MAX];
static size_t joined_length;

static double now_s(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void forget(int socket) {
    for (int place = 0; place < count; place++)
        if (places[place] == socket) {
            places[place] = places[--count];
            break;
        }
    free(clients[socket].rest);
    clients[socket] = (struct client){0};
    close(socket);
}

static void watch(int socket, unsigned events, int operation) {
    struct epoll_event event = {.events = events, .data.fd = socket};
    epoll_ctl(poller, operation, socket, &event);
}

static void send_to(int socket, const char *bytes, size_t length) {
    struct client *client = &clients[socket];
    if (client->rest) return;
    ssize_t sent = write(socket, bytes, length);
    if (sent < 0) {
        if (errno != EAGAIN) return;
        sent = 0;
    }
    if ((size_t)sent == length) return;
    client->rest_length = length - sent;
    client->rest_done = 0;
    client->rest = malloc(client->rest_length);
    memcpy(client->rest, bytes + sent, client->rest_length);
    watch(socket, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

static void send_rest(int socket) {
    struct client *client = &clients[socket];
    if (!client->rest) return;
    ssize_t sent = write(socket, client->rest + client->rest_done, client->rest_length - client->rest_done);
    if (sent > 0) client->rest_done += sent;
    if (client->rest_done < client->rest_length) return;
    free(client->rest);
    client->rest = NULL;
    watch(socket, EPOLLIN, EPOLL_CTL_MOD);
}

static void flush(void) {
    for (int place = 0; place < count; place++) send_to(places[place], joined, joined_length);
    joined_length = 0;
}

static void add_tick(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    char body[BODY + 1];
    int length = snprintf(body, sizeof body,
                          "{\"type\":\"tick\",\"channel\":\"ticks\",\"symbol\":\"BTC/USD\",\"price\":\"50000.10\","
                          "\"quantity\":\"1.00000000\",\"trade_id\":\"%lld\"",
                          (long long)time.tv_sec * 1000000000LL + time.tv_nsec);
    memset(body + length, ' ', BODY - length);
    body[BODY - 1] = '}';
    if (joined_length + FRAME > JOINED_MAX) flush();
    char *frame = joined + joined_length;
    memcpy(frame, "\x81\x7e\x00\x9a", 4);
    memcpy(frame + 4, body, BODY);
    joined_length += FRAME;
}

static void hear(int socket) {
    char heard[4096];
    ssize_t length = read(socket, heard, sizeof heard);
    if (length <= 0) {
        if (length == 0 || errno != EAGAIN) forget(socket);
        return;
    }
    if (clients[socket].is_open || !memmem(heard, length, "\r\n\r\n", 4)) return;
    if (write(socket, GREETING, sizeof GREETING - 1) < 0) return;
    clients[socket].is_open = 1;
    places[count++] = socket;
}

static void let_in(int listener) {
    int socket, one = 1;
    while ((socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (socket >= CLIENTS_MAX) {
            close(socket);
            continue;
        }
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(socket, EPOLLIN, EPOLL_CTL_ADD);
    }
}

int main(int argc, char **argv) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    double batch_s = argc > 2 ? atof(argv[2]) / 1e3 : 0, rate = 0, due = 0, last = now_s(), flushed = 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    signal(SIGPIPE, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) return 1;
    poller = epoll_create1(0);
    watch(listener, EPOLLIN, EPOLL_CTL_ADD);
    watch(0, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        double now = now_s(), most = rate * 0.01 > 1 ? rate * 0.01 : 1;
        due += (now - last) * rate;
        if (due > most) due = most;
        last = now;
        for (; due >= 1; due -= 1) {
            add_tick();
            if (!batch_s) flush();
        }
        if (joined_length && now - flushed >= batch_s) {
            flush();
            flushed = now;
        }
        double wait = rate ? (1 - due) / rate : 0.05;
        if (joined_length && wait > flushed + batch_s - now) wait = flushed + batch_s - now;
        int wait_ms = wait >= 0.05 ? 50 : wait > 0.001 ? (int)(wait * 1e3) : 1;
        struct epoll_event events[EVENTS];
        int found = epoll_wait(poller, events, EVENTS, wait_ms);
        for (int place = 0; place < found; place++) {
            int socket = events[place].data.fd;
            if (socket == listener) {
                let_in(listener);
            } else if (socket == 0) {
                char line[64];
                ssize_t length = read(0, line, sizeof line - 1);
                if (length <= 0) {
                    epoll_ctl(poller, EPOLL_CTL_DEL, 0, NULL);
                    continue;
                }
                line[length - 1] = 0; /* the end of the last line: what was said before it no longer counts */
                char *newest = strrchr(line, '\n');
                rate = atof(newest ? newest + 1 : line);
            } else {
                if (events[place].events & EPOLLOUT) send_rest(socket);
                if (events[place].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) hear(socket);
            }
        }
    }
}
