#include "hub/cli/bench/own_hub.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "hub/cli/bench/load.h"
#include "hub/cli/bench/scratch.h"

namespace hub::cli::bench {
namespace {

constexpr const char* kAccount = "bench";
constexpr const char* kUser = "load";
constexpr std::chrono::seconds kReadyWithin(120);

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<std::unique_ptr<OwnHub>> OwnHub::Make(const std::string& parent) {
  std::string directory = parent + "/penstock-bench-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) {
    return Fail(Code::kInvalidArgument, "Cannot make a directory in " + parent + ".");
  }
  std::unique_ptr<OwnHub> hub(new OwnHub(std::move(directory)));
  if (Result<void> written = hub->WriteConfig(); !written) return tl::unexpected(written.error());
  return hub;
}

OwnHub::~OwnHub() {
  Kill();
  std::error_code ignored;  // What cannot be removed is named penstock-bench-… and easily removed by hand.
  std::filesystem::remove_all(directory_, ignored);
}

Result<void> OwnHub::WriteConfig() {
  connector_.login = std::string(kAccount) + "/" + kUser;
  connector_.password = RandomName();
  std::ofstream file(directory_ + "/hub.yaml");
  file << "hub: {durability: flush, free_space_min: 1MiB}\n"
       << "listen: {zmq: {address: \"tcp://127.0.0.1:0\", security: plain}}\n"
       << "accounts:\n  " << kAccount << ":\n    id: \"999999999999\"\n    users:\n      " << kUser << ":\n"
       << "        password: \"" << connector_.password << "\"\n"
       << "        policies: {Version: \"2012-10-17\",\n"
       << "                   Statement: {Effect: Allow, Action: [\"sqs:*\", \"sns:*\"], Resource: \"*\"}}\n";
  if (!file.flush()) return Fail(Code::kStorage, "Cannot write in " + directory_ + ".");
  return {};
}

Result<double> OwnHub::Start() {
  const auto start = Clock::now();
  if (Result<void> spawned = Spawn(); !spawned) return tl::unexpected(spawned.error());
  const Result<std::string> line = ReadyLine();
  const double seconds = SecondsSince(start);
  if (!line) return tl::unexpected(line.error());
  const std::string mark = "zmq=";
  const std::size_t begin = line->find(mark) + mark.size();
  connector_.endpoint = line->substr(begin, line->find_first_of(" ,", begin) - begin);
  return seconds;
}

Result<void> OwnHub::Spawn() {
  const std::string config = directory_ + "/hub.yaml";
  const std::string data = directory_ + "/data";
  const char* const arguments[] = {"penstock", "serve", "--config", config.c_str(), "--data", data.c_str(), nullptr};
  int ends[2];
  const int log = open((directory_ + "/log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log < 0 || pipe2(ends, O_CLOEXEC) != 0) return tl::unexpected(NotStarted());
  pid_ = fork();
  if (pid_ == 0) {  // Other threads may hold locks: only system calls from here on.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv("/proc/self/exe", const_cast<char* const*>(arguments));
    _exit(127);
  }
  close(ends[1]);
  close(log);
  out_ = ends[0];
  if (pid_ > 0) return {};
  pid_ = 0;
  return tl::unexpected(NotStarted());
}

Result<std::string> OwnHub::ReadyLine() {
  std::string line;
  const auto deadline = Clock::now() + kReadyWithin;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{.fd = out_, .events = POLLIN, .revents = 0};
    char c = 0;
    if (left <= 0 || poll(&readable, 1, static_cast<int>(left)) != 1 || read(out_, &c, 1) != 1) break;
    if (c == '\n') return line;
    line.push_back(c);
  }
  return tl::unexpected(NotStarted());
}

Error OwnHub::NotStarted() const {
  std::ostringstream log;
  log << std::ifstream(directory_ + "/log").rdbuf();
  return {Code::kUnavailable, "A hub of the bench's own does not start. " + log.str()};
}

Result<void> OwnHub::Stop() {
  kill(pid_, SIGTERM);
  const int status = WaitFor(std::exchange(pid_, 0));
  close(std::exchange(out_, -1));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Fail(Code::kUnavailable, "A hub of the bench's own does not stop cleanly.");
}

void OwnHub::Kill() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    WaitFor(std::exchange(pid_, 0));
  }
  if (out_ >= 0) close(std::exchange(out_, -1));
}

}  // namespace hub::cli::bench
