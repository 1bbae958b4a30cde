#include "adapters/yaml/policies.h"

#include <charconv>
#include <utility>

#include "hub/policy/quota.h"

namespace adapters::yaml {
namespace {

using hub::Node;

// Takes "LINE:COLUMN: " off the front.
bool TakePlace(std::string_view& text, hub::Place& place) {
  for (std::uint32_t* part : {&place.line, &place.column}) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *part);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc{} || !text.starts_with(':')) return false;
    text.remove_prefix(1);
  }
  if (!text.starts_with(' ')) return false;
  text.remove_prefix(1);
  return true;
}

// A mistake in a document comes with its place in front, which becomes a place again, to be sorted among the others.
void ReportError(std::string_view message, const Node& document, const std::string& path, Report& report) {
  hub::Place place = document.place;
  const std::string file = place.file ? *place.file + ":" : "line ";
  std::string_view text = message;
  if (text.starts_with(file)) {
    text.remove_prefix(file.size());
    hub::Place found{.file = place.file};
    if (TakePlace(text, found)) {
      place = std::move(found);
      message = text;
    }
  }
  report.Mistake(place, path + ": " + std::string(message));
}

Node OneOrMany(const std::vector<std::string>& values) {
  if (values.size() == 1) return Node::String(values[0]);
  std::vector<Node> items;
  items.reserve(values.size());
  for (const std::string& value : values) items.push_back(Node::String(value));
  return Node::List(std::move(items));
}

hub::Member MemberOf(std::string_view key, Node value) {
  return {.key = std::string(key), .key_place = {}, .value = std::move(value)};
}

Node StatementOf(const Allowance& allowance) {
  std::vector<hub::Member> members;
  members.push_back(MemberOf("Effect", Node::String("Allow")));
  if (allowance.principal.IsMap()) members.push_back(MemberOf("Principal", allowance.principal));
  members.push_back(MemberOf("Action", OneOrMany(allowance.actions)));
  members.push_back(MemberOf("Resource", OneOrMany(allowance.resources)));
  if (!allowance.source_arn.empty()) {
    Node source = Node::Map({MemberOf("aws:SourceArn", Node::String(allowance.source_arn))});
    members.push_back(MemberOf("Condition", Node::Map({MemberOf("ArnEquals", std::move(source))})));
  }
  return Node::Map(std::move(members));
}

// The tree is one that this file made: a few levels deep.
void PutAt(Node& node, const hub::Place& place) {
  node.place = place;
  for (Node& item : node.items) PutAt(item, place);
  for (hub::Member& member : node.members) {
    member.key_place = place;
    PutAt(member.value, place);
  }
}

}  // namespace

std::shared_ptr<const hub::policy::Policy> CompilePolicy(const Node& document, hub::policy::Role role,
                                                         const std::string& path, std::string label, Report& report) {
  if (document.IsString()) {
    report.Mistake(document.place, path + " is text: " + Describe(document) +
                                       ". Write the policy itself, without quotes around it; JSON may stay JSON.");
    return nullptr;
  }
  const std::vector<hub::Error> errors = CheckPolicy(document, role);
  for (const hub::Error& error : errors) ReportError(error.message, document, path, report);
  if (!errors.empty()) return nullptr;
  auto policy = ParsePolicy(document, role, std::move(label));
  if (policy) return *policy;
  ReportError(policy.error().message, document, path, report);
  return nullptr;
}

void CheckResourcePolicy(const Node& document, const hub::ResourceName& resource, const std::string& path,
                         Report& report) {
  if (!CompilePolicy(document, hub::policy::Role::kResource, path, path, report)) return;
  const auto quota = hub::policy::CheckQuota(document, resource.kind, ArnOf(resource));
  if (!quota) ReportError(quota.error().message, document, path, report);
}

Node DocumentOf(const std::vector<Allowance>& allowances, const hub::Place& place) {
  std::vector<Node> statements;
  statements.reserve(allowances.size());
  for (const Allowance& allowance : allowances) statements.push_back(StatementOf(allowance));
  Node document = Node::Map(
      {MemberOf("Version", Node::String("2012-10-17")), MemberOf("Statement", Node::List(std::move(statements)))});
  PutAt(document, place);
  return document;
}

Node PrincipalNode(std::string_view kind, std::string_view value) {
  return Node::Map({MemberOf(kind, Node::String(value))});
}

}  // namespace adapters::yaml
