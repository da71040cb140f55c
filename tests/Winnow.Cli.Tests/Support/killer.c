// Loaded before the C library into a program under test (LD_PRELOAD): kills it with SIGKILL at its n-th change to files below a folder,
// counting writes, flushes, renames, removals, cuts and new folders. A write is first done by half, so that the file is torn.
//   KILLER_FOLDER  whose changes count        KILLER_AT  the number of the change, from 1; 0 never
//   KILLER_LOG     a file that gets one line a change: what and where
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int below(const char *path)
{
    const char *folder = getenv("KILLER_FOLDER");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static const char *of(int file, char *place)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, place, PATH_MAX - 1);
    place[length < 0 ? 0 : length] = 0;
    return place;
}

// Whether this is the change to die at.
static int now(const char *what, const char *path)
{
    static int count;
    if (!below(path))
        return 0;
    int number = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    const char *log = getenv("KILLER_LOG"), *at = getenv("KILLER_AT");
    if (log)
    {
        int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        char line[PATH_MAX + 32];
        int length = snprintf(line, sizeof line, "%s %s\n", what, path);
        syscall(SYS_write, file, line, length);
        syscall(SYS_close, file);
    }
    return at && atoi(at) == number;
}

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

#define NEXT(type, name) static type (*next)(); if (!next) *(void **)&next = dlsym(RTLD_NEXT, name)

ssize_t write(int file, const void *data, size_t length)
{
    char place[PATH_MAX];
    if (now("write", of(file, place))) { syscall(SYS_write, file, data, length / 2); die(); }
    return syscall(SYS_write, file, data, length);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t at)
{
    char place[PATH_MAX];
    if (now("write", of(file, place))) { syscall(SYS_pwrite64, file, data, length / 2, at); die(); }
    return syscall(SYS_pwrite64, file, data, length, at);
}

ssize_t pwrite(int file, const void *data, size_t length, off_t at) { return pwrite64(file, data, length, at); }

int fsync(int file)
{
    char place[PATH_MAX];
    if (now("flush", of(file, place))) die();
    return (int)syscall(SYS_fsync, file);
}

int ftruncate64(int file, off64_t length)
{
    char place[PATH_MAX];
    if (now("cut", of(file, place))) die();
    return (int)syscall(SYS_ftruncate, file, length);
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int rename(const char *from, const char *to) { NEXT(int, "rename"); if (now("rename", to)) die(); return next(from, to); }

int unlink(const char *path) { NEXT(int, "unlink"); if (now("remove", path)) die(); return next(path); }

int rmdir(const char *path) { NEXT(int, "rmdir"); if (now("remove", path)) die(); return next(path); }

int mkdir(const char *path, mode_t mode) { NEXT(int, "mkdir"); if (now("folder", path)) die(); return next(path, mode); }
