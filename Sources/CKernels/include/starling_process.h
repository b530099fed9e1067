#ifndef STARLING_PROCESS_H
#define STARLING_PROCESS_H
#include <spawn.h>

/// A descriptor that can be read once the process has ended; -1 with errno when there is none. (Linux 5.3; closed on exec.)
int starling_open_process(int process);
/// Memory as a file without a name in any folder, empty, closed on exec; -1 with errno.
int starling_make_memory(const char *name);

/// Has a process that is to be started close all descriptors from this one on. (glibc hides its own function from Swift.)
int starling_close_from(posix_spawn_file_actions_t *actions, int descriptor);

#endif
