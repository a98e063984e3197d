/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/debug_stub.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "replayer/debug_packets.h"

enum { ANSWER_US = 60000000 };

struct AilStub {
    int fd; /* borrowed */
    AilMachineArch arch;
    AilGdbReader *reader; /* owned */
};

/* The number of the program counter in the features that QEMU describes, and its bytes' order. */
typedef struct Registers {
    unsigned pc;
    bool big_endian;
    bool watches_before;
} Registers;

static const Registers registers[] = {
    [AIL_MACHINE_X86_64] = {.pc = 16},
    [AIL_MACHINE_I386] = {.pc = 8},
    [AIL_MACHINE_AARCH64] = {.pc = 32, .watches_before = true},
    [AIL_MACHINE_ARM] = {.pc = 15, .watches_before = true},
    [AIL_MACHINE_PPC] = {.pc = 64, .big_endian = true},
};

bool ail_stub_watches_before(AilMachineArch arch)
{
    return registers[arch].watches_before;
}

AilStub *ail_stub_new(int fd, AilMachineArch arch)
{
    AilStub *s = g_new0(AilStub, 1);
    s->fd = fd;
    s->arch = arch;
    s->reader = ail_gdb_reader_new();
    return s;
}

void ail_stub_free(AilStub *s)
{
    if (!s)
        return;
    ail_gdb_reader_free(s->reader);
    g_free(s);
}

static AilStatus send_all(AilStub *s, const char *bytes, size_t size, AilError *err)
{
    while (size) {
        ssize_t n = send(s->fd, bytes, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ail_error_set(err, "QEMU ended");
        bytes += n;
        size -= (size_t)n;
    }
    return AIL_OK;
}

static AilStatus send_packet(AilStub *s, const char *packet, size_t size, AilError *err)
{
    GString *framed = g_string_new(NULL);
    ail_gdb_frame(packet, size, framed);
    AilStatus status = send_all(s, framed->str, framed->len, err);
    g_string_free(framed, TRUE);
    return status;
}

static AilStatus receive(AilStub *s, AilError *err)
{
    char bytes[65536];
    ssize_t n = recv(s->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return AIL_OK;
    if (n <= 0)
        return ail_error_set(err, "QEMU ended");
    ail_gdb_reader_feed(s->reader, bytes, (size_t)n);
    return AIL_OK;
}

AilStatus ail_stub_wait(AilStub *s, unsigned timeout_us, GString *answer, AilError *err)
{
    int64_t deadline = g_get_monotonic_time() + timeout_us;
    for (;;) {
        AilGdbItem item = ail_gdb_reader_next(s->reader, answer);
        if (item == AIL_GDB_PACKET)
            return AIL_OK;
        if (item != AIL_GDB_MORE)
            return ail_error_set(err, "QEMU's gdb stub sent something that is not understood");
        int64_t left = MAX(deadline - g_get_monotonic_time(), 0);
        struct timespec time = {left / G_USEC_PER_SEC, left % G_USEC_PER_SEC * 1000};
        struct pollfd p = {s->fd, POLLIN, 0};
        int ready = ppoll(&p, 1, &time, NULL);
        if (ready == 0)
            return AIL_END;
        if (ready > 0 && receive(s, err) != AIL_OK)
            return AIL_ERR;
    }
}

/* No acknowledgement is sent: it would stop a running machine, and the next packet does as well. */
AilStatus ail_stub_ask(AilStub *s, const char *request, size_t size, GString *answer, AilError *err)
{
    AilStatus status = send_packet(s, request, size, err);
    if (status == AIL_OK)
        status = ail_stub_wait(s, ANSWER_US, answer, err);
    return status == AIL_END
               ? ail_error_set(err, "QEMU's gdb stub does not answer '%.20s'", request)
               : status;
}

static uint64_t number_of(const char *hex, bool big_endian)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8 && g_ascii_isxdigit(hex[0]) && g_ascii_isxdigit(hex[1]); i++) {
        uint64_t byte =
            (uint64_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
        value = big_endian ? value << 8 | byte : value | byte << (8 * i);
        hex += 2;
    }
    return value;
}

AilStatus ail_stub_pc(AilStub *s, uint64_t *pc, AilError *err)
{
    char request[16];
    GString *answer = g_string_new(NULL);
    int n = snprintf(request, sizeof request, "p%x", registers[s->arch].pc);
    AilStatus status = ail_stub_ask(s, request, (size_t)n, answer, err);
    if (status == AIL_OK && !g_ascii_isxdigit(*answer->str))
        status = ail_error_set(err, "QEMU does not show the program counter");
    *pc = number_of(answer->str, registers[s->arch].big_endian);
    g_string_free(answer, TRUE);
    return status;
}

AilStatus ail_stub_set_breaks(AilStub *s, const GPtrArray *breaks, bool set, AilError *err)
{
    GString *request = g_string_new(NULL), *answer = g_string_new(NULL);
    AilStatus status = AIL_OK;
    for (guint i = 0; i < breaks->len && status == AIL_OK; i++) {
        g_string_printf(request, "%c%s", set ? 'Z' : 'z', (const char *)breaks->pdata[i]);
        status = ail_stub_ask(s, request->str, request->len, answer, err);
        if (status == AIL_OK && strcmp(answer->str, "OK"))
            status = ail_error_set(err, "QEMU refused '%s' (%s)", request->str, answer->str);
    }
    g_string_free(answer, TRUE);
    g_string_free(request, TRUE);
    return status;
}

AilStatus ail_stub_run(AilStub *s, char how, AilError *err)
{
    return send_packet(s, &how, 1, err);
}

AilStatus ail_stub_interrupt(AilStub *s, AilError *err)
{
    return send_all(s, "\x03", 1, err);
}
