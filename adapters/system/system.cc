#include "adapters/system/system.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <fstream>

#include "hub/base/assert.h"

namespace adapters::system {
namespace {

hub::Duration Read(clockid_t clock) {
  timespec time{};
  HUB_ASSERT(clock_gettime(clock, &time) == 0);  // Linux has both clocks, and the address is ours.
  return std::chrono::duration_cast<hub::Duration>(std::chrono::seconds(time.tv_sec) +
                                                   std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace

hub::Instant WallNow() { return hub::Instant(Read(CLOCK_REALTIME)); }

hub::Duration BootTime() { return Read(CLOCK_BOOTTIME); }

std::uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (!(statm >> size >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void FillRandom(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t filled = getrandom(bytes.data(), bytes.size(), 0);
    if (filled < 0) {
      HUB_ASSERT(errno == EINTR);
      continue;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(filled));
  }
}

}  // namespace adapters::system
