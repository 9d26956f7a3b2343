#include "testing/reaper.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "api/errc.h"

// Why a process, and not a handler: nothing can be handled after SIGKILL, and PR_SET_PDEATHSIG ends
// children with the *thread* that started them. Why a shell: between fork and exec of a program
// with threads hardly anything is allowed; sh and grep do it in a few lines. Processes are found by
// their exact arguments, never by a number noted earlier. A node that is just being started still
// has our end of the pipe open until its exec, and is seen by its arguments after that: none slips
// through between.

namespace tally::testing {
namespace {

constexpr const char* kScript = R"(
cat >/dev/null
folder=$1
shift
rounds=0
while [ "$rounds" -lt 200 ]; do
  rounds=$((rounds + 1))
  alive=
  for config; do
    for file in $(grep -slzxF -e "$config" /proc/[0-9]*/cmdline); do
      grep -sqzxF -e node "$file" || continue
      process=${file#/proc/}
      kill -9 "${process%/cmdline}" 2>/dev/null
      alive=yes
    done
  done
  [ -z "$alive" ] && break
  sleep 0.05
done
[ -n "$folder" ] && rm -rf -- "$folder"
exit 0
)";

}  // namespace

Result<Reaper> Reaper::start(const std::string& folder,
                             const std::vector<std::string>& config_paths) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return fail(api::errc::io_failed, std::string("pipe: ") + std::strerror(errno));
    }
    std::vector<std::string> arguments = {"sh", "-c", kScript, "tallystick-reaper", folder};
    arguments.insert(arguments.end(), config_paths.begin(), config_paths.end());
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_adddup2(&files, ends[0], STDIN_FILENO);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = 0;
    const int failure =
        ::posix_spawn(&pid, "/bin/sh", &files, &attributes, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    ::close(ends[0]);
    if (failure != 0) {
        ::close(ends[1]);
        return fail(api::errc::io_failed, std::string("/bin/sh: ") + std::strerror(failure));
    }
    return Reaper(pid, ends[1]);
}

Reaper::Reaper(Reaper&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), pipe_(std::exchange(other.pipe_, -1)) {}

Reaper& Reaper::operator=(Reaper&& other) noexcept {
    if (this != &other) {
        finish();
        pid_ = std::exchange(other.pid_, 0);
        pipe_ = std::exchange(other.pipe_, -1);
    }
    return *this;
}

Reaper::~Reaper() { finish(); }

void Reaper::finish() {
    if (pid_ == 0) return;
    ::close(pipe_);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
}

}  // namespace tally::testing
