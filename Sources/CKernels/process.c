#define _GNU_SOURCE
#include "starling_process.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int starling_open_process(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int starling_make_memory(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int starling_end_with_parent(int parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return getppid() == parent;
}

int starling_start(int *process, const char *path, char *const *arguments, char *const *variables, const int *descriptors, int count,
                   int end) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (int i = 0; i < count; i++) posix_spawn_file_actions_adddup2(&actions, descriptors[2 * i], descriptors[2 * i + 1]);
    if (end >= 0) posix_spawn_file_actions_addclosefrom_np(&actions, end);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    pid_t started = 0;
    int code = posix_spawnp(&started, path, &actions, &attributes, arguments, variables);
    *process = (int)started;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}
