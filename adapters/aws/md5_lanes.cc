// MD5 of up to sixteen texts side by side: each operation works on one word of every text. MD5 cannot be done faster
// for one text, since every step waits for the last; ten bodies of a batch take about as long as three.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "adapters/aws/md5.h"
#include "hub/base/assert.h"

namespace adapters::aws {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kLanes = kMd5Lanes;
constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kBlockWords = kBlockBytes / 4;

// A word of each text. Compilers make it as many registers as the processor has it in.
using Word = std::uint32_t __attribute__((vector_size(kLanes * sizeof(std::uint32_t))));

struct State {
  Word a, b, c, d;
};

// RFC 1321: the 64 steps add floor(2^32 * |sin(i + 1)|), and turn by these.
constexpr std::array<std::uint32_t, 64> kSines{
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// Which word of the block a step of each round takes.
constexpr std::size_t WordOf(int round, std::size_t step) {
  constexpr std::size_t kFactors[4] = {1, 5, 3, 7};
  constexpr std::size_t kStarts[4] = {0, 1, 5, 0};
  return (kFactors[round] * step + kStarts[round]) % kBlockWords;
}

template <int kRound>
[[gnu::always_inline]] inline void Mix(Word& mixed, const Word& b, const Word& c, const Word& d) {
  if constexpr (kRound == 0) mixed = d ^ (b & (c ^ d));
  if constexpr (kRound == 1) mixed = c ^ (d & (b ^ c));
  if constexpr (kRound == 2) mixed = b ^ c ^ d;
  if constexpr (kRound == 3) mixed = c ^ (b | ~d);
}

template <int kRound>
[[gnu::always_inline]] inline void Round(State& s, const Word* block) {
#pragma GCC unroll 16
  for (std::size_t step = 0; step < kBlockWords; ++step) {
    Word mixed;
    Mix<kRound>(mixed, s.b, s.c, s.d);
    mixed += s.a + block[WordOf(kRound, step)] + kSines[kRound * kBlockWords + step];
    const int turn = kTurns[kRound][step % 4];
    s.a = s.d;
    s.d = s.c;
    s.c = s.b;
    s.b += mixed << turn | mixed >> (32 - turn);
  }
}

// One block of each text.
#if defined(__x86_64__)
[[gnu::target_clones("avx2", "default")]]
#endif
void AddBlock(State& state, const Word* block) {
  State s = state;
  Round<0>(s, block);
  Round<1>(s, block);
  Round<2>(s, block);
  Round<3>(s, block);
  state.a += s.a;
  state.b += s.b;
  state.c += s.c;
  state.d += s.d;
}

// A text as blocks, the last of which hold its end, the padding and its length.
class Lane {
 public:
  Lane() = default;
  explicit Lane(std::string_view text) : text_(text), whole_(text.size() / kBlockBytes) {
    const std::size_t rest = text.size() % kBlockBytes;
    if (rest > 0) std::memcpy(end_.data(), text.data() + whole_ * kBlockBytes, rest);
    end_[rest] = '\x80';
    end_blocks_ = rest + 1 + sizeof(std::uint64_t) > kBlockBytes ? 2 : 1;
    const std::uint64_t bits = std::uint64_t{text.size()} * 8;
    std::memcpy(end_.data() + end_blocks_ * kBlockBytes - sizeof bits, &bits, sizeof bits);
  }

  std::size_t blocks() const { return whole_ + end_blocks_; }
  const char* Block(std::size_t number) const {
    if (number < whole_) return text_.data() + number * kBlockBytes;
    return end_.data() + (number < blocks() ? number - whole_ : 0) * kBlockBytes;
  }

 private:
  std::string_view text_;
  std::size_t whole_ = 0;
  std::size_t end_blocks_ = 0;
  std::array<char, 2 * kBlockBytes> end_{};
};

Md5Sum SumOf(const State& state, std::size_t lane) {
  const std::array<std::uint32_t, 4> words{state.a[lane], state.b[lane], state.c[lane], state.d[lane]};
  return std::bit_cast<Md5Sum>(words);
}

}  // namespace

void Md5SideBySide(std::span<const std::string_view> texts, std::span<Md5Sum> sums) {
  HUB_ASSERT(texts.size() <= kLanes && sums.size() == texts.size());
  std::array<Lane, kLanes> lanes;
  std::size_t blocks = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    lanes[i] = Lane(texts[i]);
    blocks = std::max(blocks, lanes[i].blocks());
  }
  State state{Word{} + 0x67452301U, Word{} + 0xefcdab89U, Word{} + 0x98badcfeU, Word{} + 0x10325476U};
  std::array<Word, kBlockWords> block{};
  for (std::size_t number = 0; number < blocks; ++number) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      std::array<std::uint32_t, kBlockWords> words;
      std::memcpy(words.data(), lanes[i].Block(number), kBlockBytes);
      for (std::size_t word = 0; word < kBlockWords; ++word) block[word][i] = words[word];
    }
    AddBlock(state, block.data());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (number + 1 == lanes[i].blocks()) sums[i] = SumOf(state, i);
    }
  }
}

}  // namespace adapters::aws
