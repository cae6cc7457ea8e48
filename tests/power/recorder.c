/* Records what a process does to the files under one directory, in the order in which it happens.
 *
 *   LD_PRELOAD=recorder.so POWER_UNDER=/dir POWER_RECORD=/file program
 *
 * Each record: operation (1 byte), inode (8), offset (8), length (4), then so many bytes, in the
 * machine's byte order. What is written to standard output is recorded as well: that is how the
 * program says what it was told to be durable. One lock is held over the call and its record, so
 * the order of the records is the order of the calls.
 *
 * A way to change a file that is not recorded here ends the process: a record with a hole proves
 * nothing. Files mapped into memory for writing are allowed for SQLite's "-shm" alone, which no
 * recovery ever reads.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define HANDLES 4096
#define REAL(name) ((__typeof__(&name))real(#name))

static pthread_mutex_t turn = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static uint64_t inode_of[HANDLES]; /* 0: not ours */
static char is_directory[HANDLES], is_shm[HANDLES];
static char under[PATH_MAX];
static size_t under_length;
static int log_handle = -1;

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) abort();
    return found;
}

static void hole(const char *what) {
    dprintf(2, "recorder: %s is not recorded\n", what);
    abort();
}

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("POWER_UNDER"), *log = getenv("POWER_RECORD");
    if (where == NULL || log == NULL) return;
    snprintf(under, sizeof under, "%s/", where);
    under_length = strlen(under);
    log_handle = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_handle < 0) hole("anything: the log cannot be opened, so it");
}

static void note(char op, uint64_t inode, uint64_t offset, const void *data, size_t length) {
    unsigned char head[21];
    uint32_t size = (uint32_t)length;
    if (log_handle < 0) return;
    head[0] = (unsigned char)op;
    memcpy(head + 1, &inode, 8);
    memcpy(head + 9, &offset, 8);
    memcpy(head + 17, &size, 4);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)data, length}};
    int before = errno;
    if (REAL(writev)(log_handle, parts, 2) != (ssize_t)(sizeof head + length)) hole("a full log");
    errno = before;
}

/* The part of a path below the directory, or NULL where it is elsewhere. "" is the directory. */
static const char *ours(const char *path) {
    static char whole[2 * PATH_MAX];
    if (log_handle < 0 || path == NULL) return NULL;
    if (path[0] == '/') {
        snprintf(whole, sizeof whole, "%s", path);
    } else {
        char here[PATH_MAX];
        if (getcwd(here, sizeof here) == NULL) return NULL;
        snprintf(whole, sizeof whole, "%s/%s", here, path);
    }
    if (strncmp(whole, under, under_length) == 0) return whole + under_length;
    return strncmp(whole, under, under_length - 1) == 0 && !whole[under_length - 1] ? "" : NULL;
}

static int is_ours(int handle) {
    return handle >= 0 && handle < HANDLES && inode_of[handle] != 0;
}

static void opened(int handle, const char *name, int existed, int flags) {
    struct stat found;
    if (handle < 0 || name == NULL) return;
    if (handle >= HANDLES) hole("so high a file handle");
    if (fstat(handle, &found) != 0) hole("a file that cannot be looked at");
    inode_of[handle] = found.st_ino;
    is_directory[handle] = S_ISDIR(found.st_mode);
    size_t length = strlen(name);
    is_shm[handle] = length > 4 && strcmp(name + length - 4, "-shm") == 0;
    note(existed ? 'O' : 'C', found.st_ino, 0, name, length);
    if (existed && (flags & O_TRUNC)) note('T', found.st_ino, 0, "", 0);
}

#define OPEN(name, before, given, base, path)                                      \
    int name before {                                                              \
        mode_t mode = 0;                                                           \
        if (flags & (O_CREAT | O_TMPFILE)) {                                       \
            va_list rest;                                                          \
            va_start(rest, flags);                                                 \
            mode = va_arg(rest, mode_t);                                           \
            va_end(rest);                                                          \
        }                                                                          \
        pthread_mutex_lock(&turn);                                                 \
        const char *below = (base) ? ours(path) : NULL;                            \
        int existed = below != NULL && access(path, F_OK) == 0;                    \
        int handle = REAL(name) given;                                             \
        opened(handle, below, existed, flags);                                     \
        pthread_mutex_unlock(&turn);                                               \
        return handle;                                                             \
    }

OPEN(open, (const char *path, int flags, ...), (path, flags, mode), 1, path)
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode), 1, path)
OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode),
     at == AT_FDCWD || path[0] == '/', path)
OPEN(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode),
     at == AT_FDCWD || path[0] == '/', path)

int close(int handle) {
    pthread_mutex_lock(&turn);
    if (is_ours(handle)) inode_of[handle] = 0;
    int done = REAL(close)(handle);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t write(int handle, const void *data, size_t length) {
    if (handle != 1 && !is_ours(handle)) return REAL(write)(handle, data, length);
    pthread_mutex_lock(&turn);
    ssize_t done = REAL(write)(handle, data, length);
    int before = errno;
    if (done > 0 && handle == 1) note('A', 0, 0, data, (size_t)done);
    if (done > 0 && handle != 1) {
        off_t end = lseek(handle, 0, SEEK_CUR);
        note('W', inode_of[handle], (uint64_t)(end - done), data, (size_t)done);
    }
    errno = before;
    pthread_mutex_unlock(&turn);
    return done;
}

#define PWRITE(name, kind)                                                         \
    ssize_t name(int handle, const void *data, size_t length, kind offset) {       \
        if (!is_ours(handle)) return REAL(name)(handle, data, length, offset);     \
        pthread_mutex_lock(&turn);                                                 \
        ssize_t done = REAL(name)(handle, data, length, offset);                   \
        if (done > 0)                                                              \
            note('W', inode_of[handle], (uint64_t)offset, data, (size_t)done);     \
        pthread_mutex_unlock(&turn);                                               \
        return done;                                                               \
    }

PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SYNC(name)                                                                 \
    int name(int handle) {                                                         \
        if (!is_ours(handle)) return REAL(name)(handle);                           \
        pthread_mutex_lock(&turn);                                                 \
        int done = REAL(name)(handle);                                             \
        if (done == 0)                                                             \
            note(is_directory[handle] ? 'D' : 'S', inode_of[handle], 0, "", 0);    \
        pthread_mutex_unlock(&turn);                                               \
        return done;                                                               \
    }

SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, kind)                                                       \
    int name(int handle, kind size) {                                              \
        if (!is_ours(handle)) return REAL(name)(handle, size);                     \
        pthread_mutex_lock(&turn);                                                 \
        int done = REAL(name)(handle, size);                                       \
        if (done == 0) note('T', inode_of[handle], (uint64_t)size, "", 0);         \
        pthread_mutex_unlock(&turn);                                               \
        return done;                                                               \
    }

TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int unlink(const char *path) {
    pthread_mutex_lock(&turn);
    const char *name = ours(path);
    int done = REAL(unlink)(path);
    if (done == 0 && name != NULL) note('U', 0, 0, name, strlen(name));
    pthread_mutex_unlock(&turn);
    return done;
}

int rename(const char *from, const char *to) {
    char both[2 * PATH_MAX];
    pthread_mutex_lock(&turn);
    const char *name = ours(from);
    size_t length = 0;
    if (name != NULL) length = (size_t)snprintf(both, PATH_MAX, "%s", name) + 1;
    name = ours(to);
    if ((length == 0) != (name == NULL)) hole("a move into the directory or out of it");
    int done = REAL(rename)(from, to);
    if (done == 0 && name != NULL) {
        length += (size_t)snprintf(both + length, PATH_MAX, "%s", name);
        note('R', 0, 0, both, length);
    }
    pthread_mutex_unlock(&turn);
    return done;
}

void *mmap(void *at, size_t length, int allowed, int flags, int handle, off_t offset) {
    int writes = (allowed & PROT_WRITE) && (flags & MAP_SHARED);
    if (writes && is_ours(handle) && !is_shm[handle]) hole("a write through a map");
    return REAL(mmap)(at, length, allowed, flags, handle, offset);
}

void *mmap64(void *at, size_t length, int allowed, int flags, int handle, off64_t offset) {
    int writes = (allowed & PROT_WRITE) && (flags & MAP_SHARED);
    if (writes && is_ours(handle) && !is_shm[handle]) hole("a write through a map");
    return REAL(mmap64)(at, length, allowed, flags, handle, offset);
}

/* Nobody here uses these on the files in question; whoever does finds out at once. */

ssize_t writev(int handle, const struct iovec *parts, int count) {
    if (is_ours(handle)) hole("writev");
    return REAL(writev)(handle, parts, count);
}

ssize_t pwritev(int handle, const struct iovec *parts, int count, off_t offset) {
    if (is_ours(handle)) hole("pwritev");
    return REAL(pwritev)(handle, parts, count, offset);
}

extern ssize_t sendfile(int, int, off_t *, size_t);
ssize_t sendfile(int to, int from, off_t *offset, size_t length) {
    if (is_ours(to)) hole("sendfile");
    return REAL(sendfile)(to, from, offset, length);
}

extern ssize_t sendfile64(int, int, off64_t *, size_t);
ssize_t sendfile64(int to, int from, off64_t *offset, size_t length) {
    if (is_ours(to)) hole("sendfile64");
    return REAL(sendfile64)(to, from, offset, length);
}

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *where, size_t length,
                        unsigned flags) {
    if (is_ours(to)) hole("copy_file_range");
    return REAL(copy_file_range)(from, at, to, where, length, flags);
}

int fallocate(int handle, int mode, off_t offset, off_t length) {
    if (is_ours(handle)) hole("fallocate");
    return REAL(fallocate)(handle, mode, offset, length);
}

int posix_fallocate(int handle, off_t offset, off_t length) {
    if (is_ours(handle)) hole("posix_fallocate");
    return REAL(posix_fallocate)(handle, offset, length);
}
