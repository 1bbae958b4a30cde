#include "adapters/aws/md5.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
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

}  // namespace

std::string Md5(std::string_view text) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", "provider=default");
  HUB_ASSERT(algorithm != nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> owned(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_MD_CTX* const context = owned.get();
  std::array<unsigned char, 16> digest{};
  unsigned size = 0;
  const bool done = EVP_DigestInit_ex2(context, algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(context, text.data(), text.size()) == 1 &&
                    EVP_DigestFinal_ex(context, digest.data(), &size) == 1;
  HUB_ASSERT(done && size == digest.size());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(32);
  for (const unsigned char byte : digest) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 0xfU]);
  }
  return hex;
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
