/* Preloaded into a process, this makes the N-th call fail that changes a file below a folder: see faults.py, which drives it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long calls, at, kind, lasts, half, dying;
static char below[4096];

/* From now on count the calls for files below `folder` and let the `number`-th fail, 0 for none: with the errno `what`, or where
   that is 0 by writing half of the bytes and having no space from then on, or where it is -1 by killing the process. With
   `for_good` every later one fails too. */
void faults_begin(const char *folder, long number, long what, long for_good) {
    snprintf(below, sizeof below, "%s", folder);
    calls = 0;
    at = number;
    half = what == 0;
    dying = what == -1;
    kind = half ? ENOSPC : what;
    lasts = for_good;
}

long faults_counted(void) { return calls; }

static int concerns(const char *path) {
    return *below && path && !strncmp(path, below, strlen(below));
}

static int concerns_file(int file) {
    char name[64], path[4096];
    if (!*below) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t size = readlink(name, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return concerns(path);
}

/* Whether this call is to fail. */
static int fails(void) {
    long number = __sync_add_and_fetch(&calls, 1);
    if (!at || number < at || (number > at && !lasts)) return 0;
    if (dying) kill(getpid(), SIGKILL);
    errno = kind;
    return 1;
}

static int fails_at(const char *path) { return concerns(path) && fails(); }
static int fails_in(int file) { return concerns_file(file) && fails(); }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t size) {
    if (concerns_file(file)) {
        if (half && at && calls + 1 == at && size > 1) {
            __sync_add_and_fetch(&calls, 1);
            lasts = 1;
            at = calls + 1;
            return REAL(write)(file, data, size / 2);
        }
        if (fails()) return -1;
    }
    return REAL(write)(file, data, size);
}
ssize_t pwrite64(int file, const void *data, size_t size, off64_t where) {
    return fails_in(file) ? -1 : REAL(pwrite64)(file, data, size, where);
}
int fsync(int file) { return fails_in(file) ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fails_in(file) ? -1 : REAL(fdatasync)(file); }
int ftruncate64(int file, off64_t size) { return fails_in(file) ? -1 : REAL(ftruncate64)(file, size); }
int rename(const char *from, const char *to) { return fails_at(to) ? -1 : REAL(rename)(from, to); }
int link(const char *from, const char *to) { return fails_at(to) ? -1 : REAL(link)(from, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) {
    return fails_at(to) ? -1 : REAL(linkat)(a, from, b, to, flags);
}
int unlink(const char *path) { return fails_at(path) ? -1 : REAL(unlink)(path); }
int mkdir(const char *path, mode_t mode) { return fails_at(path) ? -1 : REAL(mkdir)(path, mode); }
int rmdir(const char *path) { return fails_at(path) ? -1 : REAL(rmdir)(path); }
int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, int);
    va_end(more);
    return (flags & (O_CREAT | O_WRONLY | O_RDWR)) && fails_at(path) ? -1 : REAL(open64)(path, flags, mode);
}
