/* Preloaded into the camera tests: stands in for the kernel's shared buffers, which a container has not.
 *
 * libcamera and picamera2 take their buffers from /dev/udmabuf or /dev/dma_heap. Here a buffer is a file in memory, which
 * can be mapped and handed about in the same way. Nothing of the code under test is changed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int gives_buffers(const char *path)
{
    return path && (strcmp(path, "/dev/udmabuf") == 0 || strncmp(path, "/dev/dma_heap/", 14) == 0);
}

static int new_buffer(void)
{
    return memfd_create("camera-buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static int open_by(const char *name, const char *path, int flags, mode_t mode)
{
    if (gives_buffers(path))
        return new_buffer();
    int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
    return next(path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_by("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_by("open64", path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (request == UDMABUF_CREATE)
        return fcntl((int)((struct udmabuf_create *)argument)->memfd, F_DUPFD_CLOEXEC, 3);
    if (request == DMA_HEAP_IOCTL_ALLOC) {
        struct dma_heap_allocation_data *wanted = argument;
        int buffer = new_buffer();
        if (buffer < 0 || ftruncate(buffer, (off_t)((wanted->len + 4095) & ~4095ULL)) != 0)
            return -1;
        wanted->fd = (unsigned)buffer;
        return 0;
    }
    int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    int result = next(fd, request, argument);
    if (result < 0 && errno == ENOTTY && _IOC_TYPE(request) == DMA_BUF_BASE)
        return 0; /* DMA_BUF_IOCTL_SYNC and DMA_BUF_SET_NAME: nothing to do for memory */
    return result;
}

/* C++'s operator new, zeroed: libcamera before 0.5 leaves the status of a virtual camera's frames uninitialised, and
 * picamera2 drops what is not marked a success. */
void *_Znwm(unsigned long bytes)
{
    void *memory = calloc(1, bytes ? bytes : 1);
    if (!memory)
        abort();
    return memory;
}
