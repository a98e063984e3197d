/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/kernel_image.h"

#include <string.h>

#include "formats/bytes.h"
#include "formats/text.h"

AilKernelImage ail_kernel_image(AilMachineArch arch)
{
    bool wide = arch == AIL_MACHINE_X86_64 || arch == AIL_MACHINE_AARCH64;
    return (AilKernelImage){
        .arch = arch, .pointer_size = wide ? 8 : 4, .big_endian = arch == AIL_MACHINE_PPC};
}

const uint8_t *ail_kernel_image_at(const AilKernelImage *image, uint64_t vaddr, size_t size)
{
    for (size_t i = 0; i < image->n_ranges; i++) {
        const AilKernelRange *r = &image->ranges[i];
        uint64_t offset = vaddr - r->vaddr;
        if (vaddr >= r->vaddr && offset <= r->size && size <= r->size - offset)
            return r->bytes + offset;
    }
    return NULL;
}

uint16_t ail_kernel_get16(const AilKernelImage *image, const uint8_t *p)
{
    return image->big_endian ? (uint16_t)(p[0] << 8 | p[1]) : ail_get_le16(p);
}

uint32_t ail_kernel_get32(const AilKernelImage *image, const uint8_t *p)
{
    return image->big_endian ? ail_get_be32(p) : ail_get_le32(p);
}

uint64_t ail_kernel_get64(const AilKernelImage *image, const uint8_t *p)
{
    return image->big_endian ? ail_get_be64(p) : ail_get_le64(p);
}

uint64_t ail_kernel_get_pointer(const AilKernelImage *image, const uint8_t *p)
{
    return image->pointer_size == 8 ? ail_kernel_get64(image, p) : ail_kernel_get32(image, p);
}

/* The banner goes on to a newline; linux_proc_banner, a format for printf, looks similar. */
static bool take_banner(const uint8_t *p, size_t left, char banner[AIL_KERNEL_BANNER_SIZE])
{
    size_t size = left < AIL_KERNEL_BANNER_SIZE ? left : AIL_KERNEL_BANNER_SIZE;
    size_t len = 0;
    while (len < size && p[len] && p[len] != '\n')
        len++;
    static const size_t digit = sizeof "Linux version " - 1;
    if (len <= digit || p[digit] < '0' || p[digit] > '9')
        return false;
    if (len == AIL_KERNEL_BANNER_SIZE)
        len--;
    memset(banner, 0, AIL_KERNEL_BANNER_SIZE);
    memcpy(banner, p, len);
    ail_text_disarm(banner);
    return true;
}

/* Of 6.x: a second one that nothing uses has no number behind "#". */
static bool is_numbered(const char *banner)
{
    const char *hash = strstr(banner, " #");
    return hash && hash[2] >= '0' && hash[2] <= '9';
}

uint64_t ail_kernel_banner(const AilKernelImage *image, char banner[AIL_KERNEL_BANNER_SIZE])
{
    static const char mark[] = "Linux version ";
    char text[AIL_KERNEL_BANNER_SIZE];
    uint64_t found = 0;
    *banner = '\0';
    for (size_t i = 0; i < image->n_ranges; i++) {
        const AilKernelRange *r = &image->ranges[i];
        const uint8_t *end = r->bytes + r->size, *p = r->bytes;
        while (r->size && (p = memmem(p, (size_t)(end - p), mark, sizeof mark - 1))) {
            bool taken = take_banner(p, (size_t)(end - p), text);
            if (taken && (!found || is_numbered(text))) {
                found = r->vaddr + (uint64_t)(p - r->bytes);
                memcpy(banner, text, sizeof text);
            }
            if (taken && is_numbered(text))
                return found;
            p++;
        }
    }
    return found;
}
