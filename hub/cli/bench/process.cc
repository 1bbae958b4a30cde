#include "hub/cli/bench/process.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace hub::cli::bench {
namespace {

std::string ReadProc(pid_t pid, const char* file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

std::optional<std::uint64_t> ResidentBytes(pid_t pid) {
  std::istringstream fields(ReadProc(pid, "statm"));
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(fields >> total_pages >> resident_pages)) return std::nullopt;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<Duration> CpuTime(pid_t pid) {
  // The second field, the program's name, may hold anything; behind its last parenthesis come plain fields, and user
  // and system time are the 12th and 13th of those.
  const std::string stat = ReadProc(pid, "stat");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  if (!(fields >> user_ticks >> system_ticks)) return std::nullopt;
  const auto ticks_per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return Duration(static_cast<Duration::rep>((user_ticks + system_ticks) * 1'000'000 / ticks_per_second));
}

}  // namespace hub::cli::bench
