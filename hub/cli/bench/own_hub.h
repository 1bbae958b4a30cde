// A hub of the bench's own: this very program, serving on a free port of loopback with its data in a new directory. For
// workloads that start and stop hubs.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "adapters/client/options.h"
#include "hub/base/result.h"

namespace hub::cli::bench {

class OwnHub {
 public:
  // Makes a directory in `parent`. Starts nothing yet.
  [[nodiscard]] static Result<std::unique_ptr<OwnHub>> Make(const std::string& parent);

  // Kills what runs and removes the directory.
  ~OwnHub();
  OwnHub(const OwnHub&) = delete;
  OwnHub& operator=(const OwnHub&) = delete;

  // Starts it and returns the seconds until it was ready: from the fork to the line that says so.
  [[nodiscard]] Result<double> Start();

  // The clean end.
  [[nodiscard]] Result<void> Stop();

  // The end that a crash is.
  void Kill();

  pid_t pid() const { return pid_; }

  // A user who may do everything.
  const adapters::client::Options& connector() const { return connector_; }

 private:
  explicit OwnHub(std::string directory) : directory_(std::move(directory)) {}

  Result<void> WriteConfig();
  Result<void> Spawn();
  Result<std::string> ReadyLine();
  Error NotStarted() const;

  std::string directory_;
  adapters::client::Options connector_;
  pid_t pid_ = 0;  // 0: none runs.
  int out_ = -1;   // What it prints.
};

}  // namespace hub::cli::bench
