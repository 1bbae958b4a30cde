#include "tests/cli/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "hub/base/assert.h"

namespace tests {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience(20);

std::string TemporaryDirectory() {
  const char* directory = std::getenv("TMPDIR");
  return directory == nullptr ? "/tmp" : directory;
}

// Starts a child whose stdin, stdout and stderr are the given descriptors.
pid_t Start(const std::vector<std::string>& arguments, const Environment& environment, int in, int out, int err) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  HUB_ASSERT(pid >= 0);
  if (pid > 0) return pid;
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  execvp(argv[0], argv.data());
  _exit(127);
}

int StatusOf(pid_t pid) {
  int status = 0;
  HUB_ASSERT(waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// An unnamed file: unlike a pipe it takes any amount, so that nobody waits for anybody.
int Unnamed() {
  const int file = open(TemporaryDirectory().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  HUB_ASSERT(file >= 0);
  return file;
}

std::string ReadAll(int file) {
  std::string text;
  char block[4096];
  lseek(file, 0, SEEK_SET);
  for (ssize_t n = 0; (n = read(file, block, sizeof block)) > 0;) text.append(block, static_cast<std::size_t>(n));
  return text;
}

}  // namespace

Finished RunProgram(const std::vector<std::string>& arguments, const std::string& input,
                    const Environment& environment) {
  const int in = Unnamed();
  const int out = Unnamed();
  const int err = Unnamed();
  HUB_ASSERT(write(in, input.data(), input.size()) == static_cast<ssize_t>(input.size()));
  lseek(in, 0, SEEK_SET);
  Finished finished;
  finished.status = StatusOf(Start(arguments, environment, in, out, err));
  finished.out = ReadAll(out);
  finished.err = ReadAll(err);
  for (const int file : {in, out, err}) close(file);
  return finished;
}

Finished Penstock(std::vector<std::string> arguments, const std::string& input, const Environment& environment) {
  arguments.insert(arguments.begin(), PENSTOCK_BINARY);
  return RunProgram(arguments, input, environment);
}

std::string WriteFile(const std::string& name, const std::string& text) {
  const std::string path = TemporaryDirectory() + "/" + name;
  std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
  return path;
}

RunningHub::RunningHub(std::vector<std::string> arguments) {
  static int count = 0;
  log_path_ = WriteFile("hub-" + std::to_string(getpid()) + "-" + std::to_string(++count) + ".log", "");
  arguments.insert(arguments.begin(), {PENSTOCK_BINARY, "serve"});
  int ends[2];
  HUB_ASSERT(pipe2(ends, O_CLOEXEC) == 0);
  const int log = open(log_path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_ = Start(arguments, {}, null, ends[1], log);
  close(ends[1]);
  close(log);
  close(null);
  out_ = ends[0];

  std::string line;
  const auto deadline = Clock::now() + kPatience;
  while (line.find('\n') == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{.fd = out_, .events = POLLIN, .revents = 0};
    char c = 0;
    if (left <= 0 || poll(&readable, 1, static_cast<int>(left)) != 1 || read(out_, &c, 1) != 1) return;
    line.push_back(c);
  }
  const std::string mark = "zmq=";
  const std::size_t begin = line.find(mark);
  if (!line.starts_with("ready ") || begin == std::string::npos) return;
  endpoint_ = line.substr(begin + mark.size(), line.find_first_of(" ,\n", begin) - begin - mark.size());
}

RunningHub::~RunningHub() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    Wait();
  }
  close(out_);
  unlink(log_path_.c_str());
}

void RunningHub::Signal(int signal) const { kill(pid_, signal); }

int RunningHub::Wait() {
  const int status = StatusOf(pid_);
  pid_ = -1;
  return status;
}

std::string RunningHub::Log() const {
  std::ostringstream text;
  text << std::ifstream(log_path_).rdbuf();
  return text.str();
}

bool RunningHub::Logs(const std::string& text) const {
  const auto deadline = Clock::now() + kPatience;
  while (Log().find(text) == std::string::npos) {
    if (Clock::now() > deadline) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

}  // namespace tests
