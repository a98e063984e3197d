/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ThreadSanitizer must know of GLib, which is not built with it: that an unlock comes before
 * the next lock, and a push before the pop that gets the element. Linked into the program in builds
 * with AIL_TSAN only; its calls of these functions come here and go on to GLib's.
 */
#include <dlfcn.h>
#include <glib.h>
#include <sanitizer/tsan_interface.h>

#define NEXT(function) ((__typeof__(&(function)))dlsym(RTLD_NEXT, #function))

#undef g_mutex_lock
#undef g_mutex_unlock

void g_mutex_lock(GMutex *mutex)
{
    NEXT(g_mutex_lock)(mutex);
    __tsan_acquire(mutex);
}

void g_mutex_unlock(GMutex *mutex)
{
    __tsan_release(mutex);
    NEXT(g_mutex_unlock)(mutex);
}

void g_async_queue_push(GAsyncQueue *queue, gpointer data)
{
    __tsan_release(data);
    NEXT(g_async_queue_push)(queue, data);
}

gpointer g_async_queue_try_pop(GAsyncQueue *queue)
{
    gpointer data = NEXT(g_async_queue_try_pop)(queue);
    if (data)
        __tsan_acquire(data);
    return data;
}
