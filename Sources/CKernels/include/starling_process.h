#ifndef STARLING_PROCESS_H
#define STARLING_PROCESS_H

/// A descriptor that can be read once the process has ended; -1 with errno when there is none. (Linux 5.3; closed on exec.)
int starling_open_process(int process);
/// Memory as a file without a name in any folder, empty, closed on exec; -1 with errno.
int starling_make_memory(const char *name);

/// Ends this process by SIGKILL once the thread that started it ends. Returns 0 where its process has ended already.
int starling_end_with_parent(int parent);

/// Starts a program, looked for in PATH where its path has no slash, in a process group of its own, with no signal blocked and without input.
/// - arguments, variables: each ends with NULL.
/// - descriptors: `count` pairs, one of this process and its number there.
/// - end: from which number on it gets none; -1: those that don't close on exec.
/// Returns 0, or an error's number.
int starling_start(int *process, const char *path, char *const *arguments, char *const *variables, const int *descriptors, int count,
                   int end);

#endif
