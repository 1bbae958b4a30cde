#include "hub/policy/policy.h"

#include "hub/policy/reader.h"

namespace hub::policy {

Result<std::shared_ptr<const Policy>> ParsePolicy(const Node& document, Role role, std::string label) {
  PolicyReader reader(role, std::move(label));
  std::shared_ptr<const Policy> policy = reader.Read(document);
  if (!reader.errors().empty()) return tl::unexpected(std::move(reader.errors().front()));
  return policy;
}

std::vector<Error> CheckPolicy(const Node& document, Role role) {
  PolicyReader reader(role, "");
  reader.Read(document);
  return std::move(reader.errors());
}

}  // namespace hub::policy
