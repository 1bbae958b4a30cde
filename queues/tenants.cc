#include "queues/tenants.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

namespace queues {
namespace {

// Each row of counters takes other bits of the tag.
std::size_t ColumnOf(Tenants::Tag tag, std::size_t row) { return tag >> (row * 12) & 0xfff; }

}  // namespace

Tenants::Tag Tenants::TagOf(std::string_view group) const {
  if (group.empty()) return kNone;
  unsigned char hash[crypto_shorthash_siphash24_BYTES];
  static_assert(sizeof(Secret) == crypto_shorthash_siphash24_KEYBYTES);
  crypto_shorthash_siphash24(hash, reinterpret_cast<const unsigned char*>(group.data()), group.size(), secret_.data());
  const Tag tag = hash[0] | Tag{hash[1]} << 8 | Tag{hash[2]} << 16 | Tag{hash[3]} << 24;
  return tag == kNone ? 1 : tag;
}

// The smaller counter: what others add to it by chance they hardly add to both.
std::uint32_t Tenants::CountOf(Tag tag) const {
  if (!counts_) return 0;
  return std::min((*counts_)[0][ColumnOf(tag, 0)], (*counts_)[1][ColumnOf(tag, 1)]);
}

void Tenants::Add(Tag tag) {
  if (tag == kNone) return;
  if (!counts_) counts_ = std::make_unique<std::array<Row, 2>>();
  for (std::size_t row = 0; row < 2; ++row) ++(*counts_)[row][ColumnOf(tag, row)];
  if (CountOf(tag) < rules_.messages_min || (!grown_.empty() && grown_.back() == tag) || IsNoisy(tag)) return;
  grown_.push_back(tag);
}

void Tenants::Remove(Tag tag) {
  if (tag == kNone || !counts_) return;
  for (std::size_t row = 0; row < 2; ++row) {
    std::uint32_t& count = (*counts_)[row][ColumnOf(tag, row)];
    if (count > 0) --count;
  }
  if (noisy_.empty() || CountOf(tag) >= rules_.quiet_below) return;
  const auto found = noisy_.find(tag);
  if (found == noisy_.end() || found->second) return;
  noisy_.erase(found);
  changed_ = true;
}

void Tenants::Clear() {
  counts_.reset();
  grown_.clear();
  changed_ = changed_ || !noisy_.empty();
  noisy_.clear();
}

bool Tenants::Judge(std::uint64_t messages) {
  bool any = false;
  for (const Tag tag : grown_) {
    const std::uint64_t count = CountOf(tag);
    const bool is_noisy =
        count >= rules_.messages_min && (count * rules_.share_one_in > messages || count >= rules_.messages_alone);
    if (!is_noisy || noisy_.size() >= kNoisyMax) continue;
    any = noisy_.emplace(tag, false).second || any;
  }
  grown_.clear();
  changed_ = changed_ || any;
  return any;
}

std::vector<Tenants::Tag> Tenants::Noisy() const {
  std::vector<Tag> tags;
  for (const auto& [tag, restored] : noisy_) tags.push_back(tag);
  return tags;
}

void Tenants::Restore(const std::vector<Tag>& noisy) {
  for (const Tag tag : noisy) noisy_.emplace(tag, true);
}

void Tenants::ForgetRestored() {
  const std::size_t erased = std::erase_if(
      noisy_, [this](const auto& tenant) { return tenant.second && CountOf(tenant.first) < rules_.quiet_below; });
  for (auto& [tag, restored] : noisy_) restored = false;
  changed_ = changed_ || erased > 0;
}

}  // namespace queues
