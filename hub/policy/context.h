// The values of condition keys for one request: what the hub knows of it beyond principal, action and resource.
//
// Holds views only: what they point to must outlive the context. Setting up to kInlineKeys keys allocates nothing.
// Not thread-safe, not even for reading.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "hub/base/tags.h"
#include "hub/base/time.h"
#include "hub/policy/dates.h"

namespace hub::policy {

// What a key holds: nothing, one value, or several.
class Values {
 public:
  Values() = default;
  explicit Values(std::string_view one) : one_(one), size_(1) {}
  explicit Values(std::span<const std::string_view> list) : list_(list.data()), size_(list.size()) {}

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::string_view operator[](std::size_t i) const { return list_ == nullptr ? one_ : list_[i]; }

 private:
  std::string_view one_;
  const std::string_view* list_ = nullptr;
  std::size_t size_ = 0;
};

class Context {
 public:
  static constexpr std::size_t kInlineKeys = 16;

  // Sets a key, replacing what it held. Names are compared as IsSameKey says. Keys that follow from the principal or
  // the resource (key.h) are not read from here.
  void Set(std::string_view key, std::string_view value) { Slot(key) = {key, Values(value)}; }

  // A key of many values (aws:TagKeys); an empty list is as good as an absent key.
  void SetList(std::string_view key, std::span<const std::string_view> values) { Slot(key) = {key, Values(values)}; }

  // Tags as keys of their own: `aws:ResourceTag/team` of those that the resource bears, `aws:RequestTag/team` of those
  // that the request brings. Null: none.
  void SetResourceTags(const Tags* tags) { resource_tags_ = tags; }
  void SetRequestTags(const Tags* tags) { request_tags_ = tags; }

  // Keys that the request might have a value for, which nobody can tell now. A condition on one of them counts as met
  // in a Deny and as unmet in an Allow.
  void SetUnknown(std::span<const std::string_view> keys) { unknown_ = keys; }
  bool IsUnknown(std::string_view key) const;

  // Wall time: answers aws:CurrentTime and aws:EpochTime, rendered only when a policy asks.
  void SetTime(Instant wall_time) { time_ = wall_time; }

  Values Find(std::string_view key) const;

  // Forgets everything, keeping the memory.
  void Clear();

 private:
  struct Entry {
    std::string_view key;
    Values values;
  };

  Entry& Slot(std::string_view key);

  std::array<Entry, kInlineKeys> entries_;
  std::size_t size_ = 0;  // In `entries_`.
  std::vector<Entry> more_;
  const Tags* resource_tags_ = nullptr;
  const Tags* request_tags_ = nullptr;
  std::span<const std::string_view> unknown_;
  std::optional<Instant> time_;
  mutable std::array<char, kDateBytes> date_text_{};
  mutable std::array<char, kDateBytes> epoch_text_{};
};

}  // namespace hub::policy
