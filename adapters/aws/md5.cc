#include "adapters/aws/md5.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "hub/base/assert.h"

namespace adapters::aws {
namespace {

void AppendSized(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(size >> shift & 0xffU));
  out.append(text);
}

std::string HexOf(const Md5Sum& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(32);
  for (const unsigned char byte : digest) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 0xfU]);
  }
  return hex;
}

// A block of every text takes as long as this many of one after the other.
constexpr std::size_t kWorthwhile = 3;

}  // namespace

std::string Md5(std::string_view text) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", "provider=default");
  HUB_ASSERT(algorithm != nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> owned(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_MD_CTX* const context = owned.get();
  Md5Sum digest{};
  unsigned size = 0;
  const bool done = EVP_DigestInit_ex2(context, algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(context, text.data(), text.size()) == 1 &&
                    EVP_DigestFinal_ex(context, digest.data(), &size) == 1;
  HUB_ASSERT(done && size == digest.size());
  return HexOf(digest);
}

std::vector<std::string> Md5Each(const std::vector<std::string_view>& texts) {
  std::vector<std::string> sums;
  sums.reserve(texts.size());
  for (std::size_t from = 0; from < texts.size(); from += kMd5Lanes) {
    const auto some = std::span(texts).subspan(from, std::min(kMd5Lanes, texts.size() - from));
    std::size_t all = 0;
    std::size_t longest = 0;
    for (const std::string_view text : some) {
      all += text.size();
      longest = std::max(longest, text.size());
    }
    if (all < kWorthwhile * longest) {
      for (const std::string_view text : some) sums.push_back(Md5(text));
      continue;
    }
    std::array<Md5Sum, kMd5Lanes> digests;
    const auto made = std::span(digests).first(some.size());
    Md5SideBySide(some, made);
    for (const Md5Sum& digest : made) sums.push_back(HexOf(digest));
  }
  return sums;
}

std::string Md5(std::vector<hub::Attribute> attributes) {
  std::sort(attributes.begin(), attributes.end(),
            [](const hub::Attribute& a, const hub::Attribute& b) { return a.name < b.name; });
  std::string text;
  for (const hub::Attribute& attribute : attributes) {
    AppendSized(text, attribute.name);
    AppendSized(text, attribute.type);
    text.push_back(attribute.type.starts_with("Binary") ? '\2' : '\1');
    AppendSized(text, attribute.value);
  }
  return Md5(text);
}

}  // namespace adapters::aws
