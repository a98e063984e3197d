/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program for Linux guests, x86_64 and AArch64: sends bytes of /tmp/secret by UDP and TCP, over
 * loopback and the network card, and has the kernel move them, and some of /dev/vda, by sendfile,
 * splice, tee and copy_file_range. tests/test_taint_moves.c knows what comes out where. Without a
 * library; its argument is the port of 10.0.2.2 that it connects to.
 */
typedef long Word;

#if defined(__x86_64__)
enum {
    READ = 0,
    WRITE = 1,
    SENDFILE = 40,
    SOCKET = 41,
    CONNECT = 42,
    ACCEPT = 43,
    SENDTO = 44,
    BIND = 49,
    LISTEN = 50,
    EXIT = 60,
    OPENAT = 257,
    SPLICE = 275,
    TEE = 276,
    PIPE2 = 293,
    COPY_FILE_RANGE = 326,
};

static Word call(Word number, Word a, Word b, Word c, Word d, Word e, Word f)
{
    register Word r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return number;
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\nand $-16, %rsp\ncall begin\n");
#else
enum {
    OPENAT = 56,
    PIPE2 = 59,
    READ = 63,
    WRITE = 64,
    SENDFILE = 71,
    SPLICE = 76,
    TEE = 77,
    EXIT = 93,
    SOCKET = 198,
    BIND = 200,
    LISTEN = 201,
    ACCEPT = 202,
    CONNECT = 203,
    SENDTO = 206,
    COPY_FILE_RANGE = 285,
};

static Word call(Word number, Word a, Word b, Word c, Word d, Word e, Word f)
{
    register Word x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b;
    register Word x2 __asm__("x2") = c, x3 __asm__("x3") = d, x4 __asm__("x4") = e;
    register Word x5 __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}

__asm__(".globl _start\n_start: mov x0, sp\nbl begin\n");
#endif

enum { AT_FDCWD = -100, READS = 0, WRITES = 1 | 0100 | 01000, BOTH = 2 };
enum { INET = 2, STREAM = 1, DATAGRAM = 2 };

typedef struct Address {
    unsigned short family;
    unsigned char port[2], host[4], zero[8];
} Address;

static Address address(unsigned host, unsigned port)
{
    Address a = {.family = INET,
                 .port = {(unsigned char)(port >> 8), (unsigned char)port},
                 .host = {(unsigned char)(host >> 24), (unsigned char)(host >> 16),
                          (unsigned char)(host >> 8), (unsigned char)host}};
    return a;
}

/* What fails ends the program with a number that says what it was. */
static Word must(Word result, Word number)
{
    if (result < 0)
        call(EXIT, number, 0, 0, 0, 0, 0);
    return result;
}

static Word open_file(const char *path, Word flags)
{
    return must(call(OPENAT, AT_FDCWD, (Word)path, flags, 0600, 0, 0), 1);
}

static char buffer[64];

/* What arrives on the other side. */
static void take(Word fd, Word len)
{
    while (len > 0)
        len -= must(call(READ, fd, (Word)buffer, len, 0, 0, 0), 2);
}

static void take_from(const char *path, Word len)
{
    take(open_file(path, READS), len);
}

static void send_datagram(unsigned host, unsigned port)
{
    char message[] = "PLAINHDR................plainend";
    Address to = address(host, port);
    Word s = must(call(SOCKET, INET, DATAGRAM, 0, 0, 0, 0), 3);
    must(call(READ, open_file("/tmp/secret", READS), (Word)(message + 8), 16, 0, 0, 0), 4);
    must(call(SENDTO, s, (Word)message, 32, 0, (Word)&to, sizeof to), 5);
}

static Word connect_to(unsigned host, unsigned port)
{
    Address to = address(host, port);
    Word s = must(call(SOCKET, INET, STREAM, 0, 0, 0, 0), 6);
    must(call(CONNECT, s, (Word)&to, sizeof to, 0, 0, 0), 7);
    return s;
}

/* Four bytes of its own, and eight of the secret. */
static void send_stream(Word s)
{
    char message[24] = "HEAD";
    must(call(READ, open_file("/tmp/secret", READS), (Word)(message + 4), 16, 0, 0, 0), 8);
    for (int i = 0; i < 8; i++)
        message[4 + i] = message[8 + i];
    must(call(WRITE, s, (Word)message, 12, 0, 0, 0), 9);
}

static void send_file(Word to, const char *path, Word offset, Word len)
{
    must(call(SENDFILE, to, open_file(path, READS), (Word)&offset, len, 0, 0), 10);
}

static void move_through_pipes(void)
{
    int first[2], second[2];
    Word offset = 4;
    must(call(PIPE2, (Word)first, 0, 0, 0, 0, 0), 11);
    must(call(PIPE2, (Word)second, 0, 0, 0, 0, 0), 12);
    must(call(SPLICE, open_file("/tmp/secret", READS), (Word)&offset, first[1], 0, 8, 0), 13);
    must(call(TEE, first[0], second[1], 8, 0, 0, 0), 14);
    must(call(SPLICE, first[0], 0, open_file("/tmp/spliced", WRITES), 0, 8, 0), 15);
    take(second[0], 8);
    take_from("/tmp/spliced", 8);
}

static void move_files(void)
{
    send_file(open_file("/tmp/sent", WRITES), "/tmp/secret", 2, 12);
    take_from("/tmp/sent", 12);
    move_through_pipes();
    must(call(COPY_FILE_RANGE, open_file("/tmp/secret", READS), 0, open_file("/tmp/ranged", WRITES),
              0, 16, 0),
         16);
    take_from("/tmp/ranged", 16);
}

__attribute__((used)) void begin(const Word *stack)
{
    const char *text = (const char *)stack[2];
    unsigned loopback = 0x7f000001, host = 0x0a000202, port = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        port = port * 10 + (unsigned)(*text - '0');
    Address here = address(loopback, 5002);
    Word listener = must(call(SOCKET, INET, STREAM, 0, 0, 0, 0), 17);
    must(call(BIND, listener, (Word)&here, sizeof here, 0, 0, 0), 18);
    must(call(LISTEN, listener, 1, 0, 0, 0, 0), 19);
    send_datagram(loopback, 5001);
    send_datagram(host, 5003);
    Word out = connect_to(loopback, 5002);
    Word in = must(call(ACCEPT, listener, 0, 0, 0, 0, 0), 20);
    send_stream(out);
    take(in, 12);
    send_file(out, "/tmp/secret", 2, 12);
    take(in, 12);
    send_file(out, "/dev/vda", 8200, 16);
    take(in, 16);
    Word away = connect_to(host, port);
    send_stream(away);
    send_file(away, "/tmp/secret", 0, 16);
    take(away, 2); /* an answer: all has arrived */
    move_files();
    call(EXIT, 0, 0, 0, 0, 0, 0);
}
