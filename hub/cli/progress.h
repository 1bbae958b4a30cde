// How far long work is, as one line that rewrites itself: on stderr, when that is a terminal, at most five times a
// second. Otherwise nothing is ever printed.
//
// One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace hub::cli {

class Progress {
 public:
  // "sent 1200 of 5000, 830/s"; without a total "sent 1200, 830/s".
  explicit Progress(std::string what, std::uint64_t total = 0);
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Set(std::uint64_t done);

  // Takes the line away, so that something else can be printed.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  std::uint64_t total_;
  bool wanted_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_ + std::chrono::milliseconds(200);  // What is done at once shows none.
};

}  // namespace hub::cli
