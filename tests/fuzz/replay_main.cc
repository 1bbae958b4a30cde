// Runs a fuzzer on the files of the folders named on the command line, and on nothing at all: its seeds as a test.
// A folder that does not exist counts as empty: a fuzzer may have no seeds yet.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void Replay(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::size_t ReplayFolder(const char* folder) {
  std::size_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::printf("%s\n", it->path().c_str());
    std::fflush(stdout);  // A crash must leave the name of its seed behind.
    std::ifstream file(it->path(), std::ios::binary);
    Replay({std::istreambuf_iterator<char>(file), {}});
    ++count;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  Replay("");
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) count += ReplayFolder(argv[i]);
  std::printf("%zu seeds\n", count);
  return 0;
}
