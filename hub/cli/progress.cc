#include "hub/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace hub::cli {

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), wanted_(isatty(STDERR_FILENO) != 0) {}

void Progress::Set(std::uint64_t done) {
  if (!wanted_) return;
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(200);
  shown_ = true;
  const double seconds = std::max(std::chrono::duration<double>(now - start_).count(), 0.001);
  std::string line = what_ + " " + std::to_string(done);
  if (total_ > 0) line += " of " + std::to_string(total_);
  std::fprintf(stderr, "\r\033[K%s, %.0f/s", line.c_str(), static_cast<double>(done) / seconds);
}

void Progress::Clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace hub::cli
