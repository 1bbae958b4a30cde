#include "tests/sim/options.h"

namespace sim {
namespace {

constexpr Variant kVariants[] = {
    Variant::kNone,       Variant::kAckBeforeFlush, Variant::kLostBitmap, Variant::kNoPolicyCheck, Variant::kTwoOwners,
    Variant::kNoOwnDelay, Variant::kNoAttempts,     Variant::kNoRelease,  Variant::kMoreCredit,    Variant::kOpenFeed,
    Variant::kLeakyFeed,  Variant::kLossyFeed,      Variant::kDeafFeed,   Variant::kEarlyFeed,     Variant::kAnyToken};

}  // namespace

std::string_view NameOf(Variant variant) {
  switch (variant) {
    case Variant::kNone: return "none";
    case Variant::kAckBeforeFlush: return "ack_before_flush";
    case Variant::kLostBitmap: return "lost_bitmap";
    case Variant::kNoPolicyCheck: return "no_policy_check";
    case Variant::kTwoOwners: return "two_owners";
    case Variant::kNoOwnDelay: return "no_own_delay";
    case Variant::kNoAttempts: return "no_attempts";
    case Variant::kNoRelease: return "no_release";
    case Variant::kMoreCredit: return "more_credit";
    case Variant::kOpenFeed: return "open_feed";
    case Variant::kLeakyFeed: return "leaky_feed";
    case Variant::kLossyFeed: return "lossy_feed";
    case Variant::kDeafFeed: return "deaf_feed";
    case Variant::kEarlyFeed: return "early_feed";
    case Variant::kAnyToken: return "any_token";
  }
  return "";
}

std::optional<Variant> ParseVariant(std::string_view name) {
  for (const Variant variant : kVariants) {
    if (NameOf(variant) == name) return variant;
  }
  return std::nullopt;
}

std::string ArgumentsOf(const Options& options) {
  std::string text = "--seed=" + std::to_string(options.seed);
  if (options.variant != Variant::kNone) text += " --variant=" + std::string(NameOf(options.variant));
  if (options.store == StoreKind::kRocksDb) text += " --store=rocksdb";
  if (options.ignore_syncs) text += " --ignore-syncs";
  return text;
}

}  // namespace sim
