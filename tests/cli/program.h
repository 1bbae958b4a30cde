// Running the real program, and anything else, as a child process.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace tests {

struct Finished {
  int status = -1;  // Exit status; -1 when a signal ended it.
  std::string out;
  std::string err;
};

using Environment = std::map<std::string, std::string>;

// Runs `arguments` to its end with `input` as stdin and `environment` added to ours.
Finished RunProgram(const std::vector<std::string>& arguments, const std::string& input = "",
                    const Environment& environment = {});

// The same for penstock itself.
Finished Penstock(std::vector<std::string> arguments, const std::string& input = "",
                  const Environment& environment = {});

// A new file in the directory for temporary files.
std::string WriteFile(const std::string& name, const std::string& text);

// A penstock that serves until this object ends.
class RunningHub {
 public:
  // Waits for the line that says it is ready. `arguments` follow "serve".
  explicit RunningHub(std::vector<std::string> arguments);
  ~RunningHub();
  RunningHub(const RunningHub&) = delete;
  RunningHub& operator=(const RunningHub&) = delete;

  bool ready() const { return !endpoint_.empty(); }
  pid_t pid() const { return pid_; }
  const std::string& endpoint() const { return endpoint_; }

  // Sends a signal.
  void Signal(int signal) const;

  // Waits for the end; the exit status, or -1 when a signal ended it.
  int Wait();

  // What it has logged so far.
  std::string Log() const;

  // Waits until the log holds `text`; false after some seconds.
  bool Logs(const std::string& text) const;

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string log_path_;
  std::string endpoint_;
};

}  // namespace tests
