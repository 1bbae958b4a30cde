// What a configuration changes, as lines for a person: the log of a reload and `penstock diff` show the same.
//
//   + queue billing/orders
//   ~ queue billing/orders: VisibilityTimeout 30 → 60, DelaySeconds 5 → 0
//   - queue billing/orders, with 3 messages
//   = queue billing/orders is kept, though no longer declared
//
// No line holds a secret.
#pragma once

#include <string>
#include <vector>

#include "hub/base/names.h"
#include "hub/core/command.h"
#include "hub/core/config.h"

namespace hub::core {

// What things are called in these lines.
class Labels {
 public:
  // Accounts have the names that `now` gives them, or else `before`, or else none but their id. Both outlive this.
  Labels(const Config& before, const Config& now) : before_(before), now_(now) {}

  // "queue billing/orders", with the region when it is not the configuration's.
  std::string Of(const ResourceName& resource) const;
  // "subscription of queue billing/orders to topic shop/orders"
  std::string Of(const ResourceName& topic, const ResourceName& queue) const;

 private:
  const Config& before_;
  const Config& now_;
};

// "VisibilityTimeout 30 → 60, Policy {…} → none": what differs, values cut after kNoteValueBytesMax. "" when nothing
// does. `defaults` hold what counts where an attribute is not set: those in force before, those in force afterwards.
std::string Differences(const Attributes& before, const Attributes& now, const Attributes& before_in_force,
                        const Attributes& now_in_force);

// What differs between users, grants and settings; `with_proofs` also whether passwords and keys do, which what came
// over a wire does not have. Settings that count from the next start on say so.
std::vector<std::string> ChangesBeside(const Config& before, const Config& now, const Labels& labels, bool with_proofs);

}  // namespace hub::core
