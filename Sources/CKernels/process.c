#define _GNU_SOURCE
#include "starling_process.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int starling_open_process(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int starling_make_memory(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int starling_close_from(posix_spawn_file_actions_t *actions, int descriptor) {
    return posix_spawn_file_actions_addclosefrom_np(actions, descriptor);
}
