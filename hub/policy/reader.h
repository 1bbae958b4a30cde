// Reads a document into a Policy, noting every mistake with its place. Used by policy.cc alone.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/policy/policy.h"

namespace hub::policy {

class PolicyReader {
 public:
  PolicyReader(Role role, std::string label);

  // What it returns holds only when there are no errors.
  std::shared_ptr<const Policy> Read(const Node& document);

  std::vector<Error>& errors() { return errors_; }

 private:
  // A scalar with its place.
  struct Text {
    std::string_view text;
    const Node* node;
  };

  void Mistake(const Place& place, std::string message);
  void CheckKeys(const Node& map, std::string_view what, std::span<const std::string_view> known);

  // The text of a scalar, or of a list that holds just one; null after noting a mistake.
  const Node* ReadOne(const Node& node, std::string_view what);
  // One or more scalars. With `only_text`, numbers and booleans are mistakes.
  std::vector<Text> ReadMany(const Node& node, std::string_view what, bool only_text);
  // Exactly one of two keys; null after noting a mistake.
  const Member* ReadEither(const Node& map, std::string_view key, std::string_view not_key);

  void ReadVersion(const Node& document);
  void ReadStatement(const Node& node);
  void ReadEffect(const Node& node, Statement& statement);
  void ReadPrincipals(const Node& node, Statement& statement);
  void ReadPrincipalKinds(const Node& map, bool is_not_principal, PrincipalSet& principals);
  void ReadActions(const Node& node, Statement& statement);
  void ReadResources(const Node& node, Statement& statement);
  void ReadConditions(const Node& node, Statement& statement);
  void ReadOperator(const Member& member, Statement& statement);

  std::shared_ptr<Policy> policy_;
  std::vector<Error> errors_;
  bool variables_ = false;  // Since version 2012-10-17.
};

}  // namespace hub::policy
