/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The shared memory, as runner.inc has it. */
typedef struct Shared {
    volatile uint32_t n, flags;
    volatile uint64_t after;
    uint8_t pad[0x1000 - 16];
    uint8_t code[CODE_PAGE_SIZE];
    Slot in[SLOT_MAX], out[SLOT_MAX];
} Shared;
G_STATIC_ASSERT(sizeof(Shared) == 0x402000);

enum { FLAG_CODE = 1, FLAG_FPU = 2, FLAG_THUMB = 4, SHARED_FD = 3 };

struct Machine {
    const Processor *processor;
    char *path; /* of the runner; owned */
    bool native;
    Shared *shared;
    int fd;       /* of it */
    pid_t pid;    /* 0: none */
    int to, from; /* pipes to its stdin, from its stdout; -1: none */
    bool flow, fpu, new_code;
    uint64_t next; /* address behind the instruction */
};

/* In the child. */
static void start(const Machine *m, int in, int out)
{
    const char *qemu = m->processor->qemu;
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(m->fd, SHARED_FD) < 0)
        _exit(126);
    if (m->native)
        execl(m->path, m->path, (char *)NULL);
    else
        execlp(qemu, qemu, "-cpu", "max", m->path, (char *)NULL);
    fprintf(stderr, "lift: %s does not start: %s\n", m->native ? m->path : qemu, g_strerror(errno));
    _exit(127);
}

static bool spawn(Machine *m)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) < 0)
        return false;
    if (pipe2(out, O_CLOEXEC) < 0) {
        close(in[0]), close(in[1]);
        return false;
    }
    m->pid = fork();
    if (m->pid == 0)
        start(m, in[0], out[1]);
    close(in[0]), close(out[1]);
    m->to = in[1];
    m->from = out[0];
    return m->pid > 0;
}

static void stop(Machine *m)
{
    if (m->to >= 0)
        close(m->to);
    if (m->from >= 0)
        close(m->from);
    if (m->pid > 0) {
        kill(m->pid, SIGKILL);
        waitpid(m->pid, NULL, 0);
    }
    m->to = m->from = -1;
    m->pid = 0;
}

bool machine_restart(Machine *m)
{
    stop(m);
    if (spawn(m) && machine_run(m, 0))
        return true;
    fprintf(stderr, "lift: the runner of %s does not run\n", m->processor->name);
    return false;
}

Machine *machine_new(const Processor *p, const char *runners, bool native)
{
    signal(SIGPIPE, SIG_IGN);
    Machine *m = g_new0(Machine, 1);
    m->processor = p;
    m->native = native;
    m->path = g_build_filename(runners, p->runner, NULL);
    m->to = m->from = -1;
    m->shared = MAP_FAILED;
    m->fd = fcntl(memfd_create("ailurus-lift", MFD_CLOEXEC), F_DUPFD_CLOEXEC, SHARED_FD + 1);
    if (m->fd >= 0 && ftruncate(m->fd, sizeof(Shared)) == 0)
        m->shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
    if (m->shared != MAP_FAILED && machine_restart(m))
        return m;
    machine_free(m);
    return NULL;
}

void machine_free(Machine *m)
{
    if (!m)
        return;
    stop(m);
    if (m->fd >= 0)
        close(m->fd);
    if (m->shared != MAP_FAILED)
        munmap(m->shared, sizeof(Shared));
    g_free(m->path);
    g_free(m);
}

static void put_u32(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, 4);
}

/* All else of the page is breakpoints: whoever comes there gets a signal. */
static void fill(Machine *m)
{
    static const uint32_t words[AIL_MODE_COUNT] = {
        [AIL_MODE_X86_32] = 0xcccccccc,                              /* int3 */
        [AIL_MODE_X86_64] = 0xcccccccc, [AIL_MODE_A64] = 0xd4200000, /* brk #0 */
        [AIL_MODE_A32] = 0xee00de00, /* of a coprocessor that is not there; of T32, wherever .. */
        [AIL_MODE_T32] = 0xee00de00, /* .. one comes to, that as well, or udf */
    };
    for (unsigned i = 0; i < CODE_PAGE_SIZE; i += 4)
        put_u32(m->shared->code + i, words[m->processor->mode]);
}

/* Behind the instruction, which ends there: go on in the runner. */
static void put_return(Machine *m, uint8_t *code)
{
    uint32_t distance = (uint32_t)(m->shared->after - m->next);
    switch (m->processor->mode) {
    case AIL_MODE_A64:
        put_u32(code, 0x14000000 | (distance >> 2 & 0x3ffffff)); /* b */
        break;
    case AIL_MODE_A32:
        put_u32(code, 0xe51ff004); /* ldr pc, [pc, #-4] */
        put_u32(code + 4, (uint32_t)m->shared->after);
        break;
    case AIL_MODE_T32: /* ldr.w pc, of a literal at a multiple of 4 */
        put_u32(code, 0xf000f8df | (m->next & 2 ? 4u : 0) << 16);
        put_u32(code + (m->next & 2 ? 6 : 4), (uint32_t)m->shared->after);
        break;
    default:
        code[0] = 0xe9; /* jmp */
        put_u32(code + 1, distance - 5);
    }
}

void machine_code(Machine *m, const uint8_t *bytes, unsigned size, bool flow, bool fpu)
{
    uint8_t *code = m->shared->code + (CODE - CODE_PAGE);
    m->flow = flow;
    m->fpu = fpu;
    m->new_code = true;
    m->next = CODE + size;
    fill(m);
    memcpy(code, bytes, size);
    if (!flow)
        put_return(m, code + size);
}

const uint8_t *machine_code_page(const Machine *m)
{
    return m->shared->code;
}

Slot *machine_in(Machine *m)
{
    return m->shared->in;
}

const Slot *machine_out(const Machine *m)
{
    return m->shared->out;
}

bool machine_run(Machine *m, unsigned n)
{
    m->shared->n = n;
    m->shared->flags = (m->new_code ? FLAG_CODE : 0) | (m->fpu ? FLAG_FPU : 0) |
                       (m->processor->mode == AIL_MODE_T32 ? FLAG_THUMB : 0);
    m->new_code = false;
    char byte = 0;
    struct pollfd answer = {.fd = m->from, .events = POLLIN};
    if (write(m->to, &byte, 1) != 1)
        return false;
    /* far more than it takes: an instruction that goes to itself for ever */
    return poll(&answer, 1, 20000) == 1 && read(m->from, &byte, 1) == 1;
}

bool slot_done(const Machine *m, const Slot *out, uint64_t *pc)
{
    uint64_t signal = slot_u64(out, AT_SIGNAL), at = slot_u64(out, AT_PC);
    *pc = m->next;
    if (!m->flow)
        return signal == 0;
    /* x86's breakpoint is one byte, and the signal says what is behind it */
    *pc = signal == SIGTRAP && m->processor->arch == AIL_ARCH_X86 ? at - 1 : at;
    return *pc != CODE;
}
