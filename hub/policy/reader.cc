#include "hub/policy/reader.h"

#include <algorithm>

#include "hub/policy/nearest.h"
#include "hub/policy/text.h"

namespace hub::policy {
namespace {

constexpr std::string_view kOldVersion = "2008-10-17";
constexpr std::string_view kVersion = "2012-10-17";
constexpr std::string_view kDocumentKeys[] = {"Version", "Id", "Statement"};
constexpr std::string_view kResourceKeys[] = {"Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
                                              "NotAction", "Resource", "NotResource", "Condition"};
constexpr std::string_view kIdentityKeys[] = {"Sid",      "Effect",      "Action",   "NotAction",
                                              "Resource", "NotResource", "Condition"};
constexpr std::string_view kPrincipalKinds[] = {"AWS", "Service"};

const Member* FindMember(const Node& map, std::string_view key) {
  const auto found =
      std::find_if(map.members.begin(), map.members.end(), [&](const Member& member) { return member.key == key; });
  return found == map.members.end() ? nullptr : &*found;
}

bool IsPrincipalKey(std::string_view key) { return key == "Principal" || key == "NotPrincipal"; }

}  // namespace

PolicyReader::PolicyReader(Role role, std::string label) : policy_(new Policy) {
  policy_->role_ = role;
  policy_->label_ = std::make_shared<const std::string>(std::move(label));
}

std::shared_ptr<const Policy> PolicyReader::Read(const Node& document) {
  if (!document.IsMap()) {
    Mistake(document.place, "A policy is a map with Version and Statement.");
    return policy_;
  }
  CheckKeys(document, "a policy", kDocumentKeys);
  ReadVersion(document);
  if (const Node* id = document.Find("Id")) {
    if (const Node* text = ReadOne(*id, "Id")) policy_->id_ = text->text;
  }
  const Node* statements = document.Find("Statement");
  if (statements == nullptr) {
    Mistake(document.place, "The policy has no Statement.");
  } else if (!statements->IsList()) {
    ReadStatement(*statements);
  } else if (statements->items.empty()) {
    Mistake(statements->place, "Statement is empty. Write at least one, or leave out the policy.");
  } else {
    policy_->statements_.reserve(statements->items.size());
    for (const Node& node : statements->items) ReadStatement(node);
  }
  return policy_;
}

void PolicyReader::Mistake(const Place& place, std::string message) {
  const std::string at = place.ToString();
  errors_.push_back({Code::kInvalidArgument, at.empty() ? std::move(message) : at + ": " + message});
}

void PolicyReader::CheckKeys(const Node& map, std::string_view what, std::span<const std::string_view> known) {
  for (const Member& member : map.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    if (policy_->role_ == Role::kIdentity && IsPrincipalKey(member.key)) {
      Mistake(member.key_place, member.key +
                                    " may not stand in the policy of an identity, which holds for whoever it is "
                                    "attached to. Leave it out.");
      continue;
    }
    Mistake(member.key_place,
            "Unknown key " + Quoted(member.key) + " in " + std::string(what) + ". " + Suggestion(member.key, known));
  }
}

const Node* PolicyReader::ReadOne(const Node& node, std::string_view what) {
  const Node* one = node.IsList() && node.items.size() == 1 ? &node.items[0] : &node;
  if (one->IsScalar() && one->kind != Node::Kind::kNull) return one;
  Mistake(node.place, std::string(what) + " must be one text.");
  return nullptr;
}

std::vector<PolicyReader::Text> PolicyReader::ReadMany(const Node& node, std::string_view what, bool only_text) {
  std::vector<Text> texts;
  const auto add = [&](const Node& item) {
    if (item.IsString() || (!only_text && item.IsScalar() && item.kind != Node::Kind::kNull)) {
      texts.push_back({item.text, &item});
    } else {
      Mistake(item.place,
              std::string(what) + (only_text ? " must be text or a list of texts."
                                             : " must be text, a number, true or false, or a list of them."));
    }
  };
  if (!node.IsList()) {
    add(node);
  } else if (node.items.empty()) {
    Mistake(node.place, std::string(what) + " is empty. Write at least one value.");
  } else {
    for (const Node& item : node.items) add(item);
  }
  return texts;
}

const Member* PolicyReader::ReadEither(const Node& map, std::string_view key, std::string_view not_key) {
  const Member* member = FindMember(map, key);
  const Member* not_member = FindMember(map, not_key);
  if (member != nullptr && not_member != nullptr) {
    Mistake(not_member->key_place,
            "A statement has either " + std::string(key) + " or " + std::string(not_key) + ", not both.");
    return nullptr;
  }
  if (member == nullptr && not_member == nullptr) {
    Mistake(map.place, "The statement has no " + std::string(key) + ".");
    return nullptr;
  }
  return member != nullptr ? member : not_member;
}

void PolicyReader::ReadVersion(const Node& document) {
  policy_->version_ = kOldVersion;
  const Node* node = document.Find("Version");
  if (node == nullptr) return;
  const Node* version = ReadOne(*node, "Version");
  if (version == nullptr) return;
  if (version->text != kOldVersion && version->text != kVersion) {
    Mistake(node->place, "Version is " + Quoted(version->text) +
                             ". Write \"2012-10-17\" (or \"2008-10-17\", which knows "
                             "no variables).");
    return;
  }
  policy_->version_ = version->text;
  variables_ = version->text == kVersion;
}

void PolicyReader::ReadStatement(const Node& node) {
  Statement& statement = policy_->statements_.emplace_back();
  statement.index = policy_->statements_.size() - 1;
  statement.place = node.place;
  statement.label = policy_->label_;
  if (!node.IsMap()) {
    Mistake(node.place, "A statement is a map with Effect, Action and Resource.");
    return;
  }
  const bool of_resource = policy_->role_ == Role::kResource;
  CheckKeys(node, "a statement",
            of_resource ? std::span<const std::string_view>(kResourceKeys)
                        : std::span<const std::string_view>(kIdentityKeys));
  if (const Node* sid = node.Find("Sid")) {
    if (const Node* text = ReadOne(*sid, "Sid")) statement.sid = text->text;
  }
  ReadEffect(node, statement);
  if (of_resource) ReadPrincipals(node, statement);
  ReadActions(node, statement);
  ReadResources(node, statement);
  if (const Node* conditions = node.Find("Condition")) ReadConditions(*conditions, statement);
}

void PolicyReader::ReadEffect(const Node& node, Statement& statement) {
  const Node* effect = node.Find("Effect");
  if (effect == nullptr) {
    Mistake(node.place, "The statement has no Effect. Write \"Allow\" or \"Deny\".");
    return;
  }
  const Node* text = ReadOne(*effect, "Effect");
  if (text == nullptr) return;
  if (text->text != "Allow" && text->text != "Deny") {
    Mistake(effect->place, "Effect is " + Quoted(text->text) + ". Write \"Allow\" or \"Deny\".");
    return;
  }
  statement.effect = text->text == "Allow" ? Effect::kAllow : Effect::kDeny;
}

void PolicyReader::ReadPrincipals(const Node& node, Statement& statement) {
  statement.names_principals = true;
  const Member* member = ReadEither(node, "Principal", "NotPrincipal");
  if (member == nullptr) return;
  const bool is_not_principal = member->key == "NotPrincipal";
  if (member->value.IsMap()) {
    ReadPrincipalKinds(member->value, is_not_principal, statement.principals);
  } else if (const Node* one = ReadOne(member->value, member->key)) {
    if (one->text == "*") {
      statement.principals.AddEverybody();
    } else {
      Mistake(one->place, member->key + " is " + Quoted(one->text) + ". Write {AWS: ...}, {Service: ...} or \"*\".");
    }
  }
  if (is_not_principal && statement.principals.everybody()) {
    Mistake(member->value.place,
            "NotPrincipal \"*\" leaves out everybody, so that the statement would never hold. Name "
            "the principals.");
  }
  statement.principals.Finish(is_not_principal);
}

void PolicyReader::ReadPrincipalKinds(const Node& map, bool is_not_principal, PrincipalSet& principals) {
  const std::string what = is_not_principal ? "NotPrincipal" : "Principal";
  CheckKeys(map, what, kPrincipalKinds);
  if (map.members.empty()) Mistake(map.place, what + " is empty. Name at least one.");
  for (const Member& member : map.members) {
    const bool is_service = member.key == "Service";
    if (!is_service && member.key != "AWS") continue;
    for (const Text& value : ReadMany(member.value, what + " " + member.key, /*only_text=*/false)) {
      const auto added = is_service ? principals.AddService(value.text) : principals.AddAws(value.text);
      if (!added) Mistake(value.node->place, added.error().message);
    }
  }
}

void PolicyReader::ReadActions(const Node& node, Statement& statement) {
  const Member* member = ReadEither(node, "Action", "NotAction");
  if (member == nullptr) return;
  statement.not_action = member->key == "NotAction";
  for (const Text& value : ReadMany(member->value, member->key, /*only_text=*/true)) {
    if (std::string mistake = MistakeInAction(value.text); !mistake.empty()) {
      Mistake(value.node->place, std::move(mistake));
    } else {
      statement.actions.emplace_back(value.text);
    }
  }
}

void PolicyReader::ReadResources(const Node& node, Statement& statement) {
  const Member* member = ReadEither(node, "Resource", "NotResource");
  if (member == nullptr) return;
  statement.not_resource = member->key == "NotResource";
  for (const Text& value : ReadMany(member->value, member->key, /*only_text=*/true)) {
    auto resource = ParseResource(value.text, variables_);
    if (!resource) {
      Mistake(value.node->place, resource.error().message);
      continue;
    }
    statement.tells_time |= resource->TellsTime();
    statement.resources.push_back(std::move(*resource));
  }
}

void PolicyReader::ReadConditions(const Node& node, Statement& statement) {
  if (!node.IsMap()) {
    Mistake(node.place, "Condition is a map of operators, such as {StringEquals: {\"aws:username\": checkout}}.");
    return;
  }
  for (const Member& member : node.members) ReadOperator(member, statement);
  for (const Condition& condition : statement.conditions) statement.tells_time |= condition.TellsTime();
}

void PolicyReader::ReadOperator(const Member& member, Statement& statement) {
  const auto op = ParseOperator(member.key);
  if (!op) {
    Mistake(member.key_place,
            "Unknown operator " + Quoted(member.key) + ". " + Suggestion(member.key, OperatorNames()));
    return;
  }
  if (!member.value.IsMap() || member.value.members.empty()) {
    Mistake(member.value.place, member.key + " needs a map of condition keys and their values.");
    return;
  }
  const std::size_t first = statement.conditions.size();
  for (const Member& entry : member.value.members) {
    auto key = ParseKey(entry.key);
    if (!key) {
      Mistake(entry.key_place,
              Quoted(entry.key) + " is not a condition key. Write prefix:name, such as aws:SourceArn.");
      continue;
    }
    for (std::size_t i = first; i < statement.conditions.size(); ++i) {
      if (!IsSameKey(statement.conditions[i].key().name, entry.key)) continue;
      Mistake(entry.key_place, "The condition key " + Quoted(entry.key) + " appears twice under " + member.key +
                                   ". Write one list of values.");
    }
    Condition condition(*op, std::move(*key));
    for (const Text& value : ReadMany(entry.value, entry.key, /*only_text=*/false)) {
      if (const auto added = condition.AddValue(value.text, variables_); !added) {
        Mistake(value.node->place, added.error().message);
      }
    }
    statement.conditions.push_back(std::move(condition));
  }
}

}  // namespace hub::policy
