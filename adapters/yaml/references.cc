#include "adapters/yaml/references.h"

#include <algorithm>
#include <string_view>

#include "adapters/yaml/section.h"
#include "hub/base/arn.h"
#include "hub/policy/nearest.h"

namespace adapters::yaml {
namespace {

using hub::Kind;
using hub::Node;

constexpr std::size_t kSuggestedFromMax = 200;  // Names that a suggestion looks at.

std::string Example(std::optional<Kind> kind) {
  if (!kind) return "queue/NAME, topic/NAME, or with the account between: queue/ACCOUNT/NAME";
  const std::string word(NameOf(*kind));
  return word + "/NAME or " + word + "/ACCOUNT/NAME";
}

std::string FullReference(const Declared& declared) {
  return std::string(NameOf(declared.name.kind)) + "/" + declared.account_name + "/" + declared.name.name;
}

struct Parts {
  Kind kind = Kind::kQueue;
  std::string account;  // Empty: any.
  std::string name;
};

std::optional<Parts> Split(std::string_view text) {
  Parts parts;
  const std::size_t slash = text.find('/');
  const std::string_view word = text.substr(0, slash);
  if (slash == std::string_view::npos || (word != "queue" && word != "topic")) return std::nullopt;
  parts.kind = word == "queue" ? Kind::kQueue : Kind::kTopic;
  text.remove_prefix(slash + 1);
  if (const std::size_t second = text.find('/'); second != std::string_view::npos) {
    parts.account = text.substr(0, second);
    text.remove_prefix(second + 1);
    if (parts.account.empty()) return std::nullopt;
  }
  parts.name = text;
  if (parts.name.empty() || parts.name.find('/') != std::string::npos) return std::nullopt;
  return parts;
}

// What `parts` surely meant: a name nearly the same, in that account if one is given, or the same in another one.
std::string Meant(const Parts& parts, const Draft& draft) {
  const std::string prefix = std::string(NameOf(parts.kind)) + "/";
  std::vector<std::string_view> names;
  for (const auto& [short_form, all] : draft.resources) {
    if (names.size() >= kSuggestedFromMax || !short_form.starts_with(prefix)) continue;
    const bool is_candidate = std::any_of(all.begin(), all.end(), [&](const Declared& declared) {
      return parts.account.empty() || declared.account_name == parts.account;
    });
    if (is_candidate) names.push_back(std::string_view(short_form).substr(prefix.size()));
  }
  const std::string_view name = hub::policy::Nearest(parts.name, names);
  if (!name.empty()) return prefix + (parts.account.empty() ? "" : parts.account + "/") + std::string(name);
  const auto elsewhere = draft.resources.find(prefix + parts.name);
  return elsewhere == draft.resources.end() ? "" : FullReference(elsewhere->second.front());
}

std::vector<std::string> AccountNames(const Draft& draft) {
  std::vector<std::string> names;
  for (const auto& [name, index] : draft.accounts) {
    if (names.size() < kSuggestedFromMax) names.push_back(name);
  }
  return names;
}

std::string NotDeclared(const Parts& parts, const Node& node, const Draft& draft) {
  const std::string kind(NameOf(parts.kind));
  const std::string meant = Meant(parts, draft);
  const std::string account = parts.account.empty() ? "an account" : "accounts." + parts.account;
  return " names a " + kind + " that is not declared: " + Describe(node) + "." +
         (meant.empty() ? " Declare it under the " + kind + "s of " + account + "." : " Did you mean " + meant + "?");
}

std::string Ambiguous(const std::vector<Declared>& found, const Node& node) {
  std::vector<std::string> places;
  std::vector<std::string> references;
  for (const Declared& declared : found) {
    places.push_back(declared.place.ToString());
    references.push_back(FullReference(declared));
  }
  std::string all = Join({places.begin(), places.end() - 1}) + " and " + places.back();
  return " is ambiguous: " + Describe(node) + " is declared at " + all + ". Write " + Alternatives(references) + ".";
}

std::string NoAccount(const std::string& account, const Node& node, const Draft& draft) {
  const std::string hint = DidYouMean(account, AccountNames(draft));
  return " names an account that is not declared: " + Describe(node) + "." +
         (hint.empty() ? " Declare it under accounts." : hint);
}

}  // namespace

std::optional<hub::ResourceName> Resolve(const Node& node, const std::string& path, std::optional<Kind> kind,
                                         Draft& draft) {
  const auto wrong = [&](const std::string& text) {
    draft.report.Mistake(node.place, path + text);
    return std::nullopt;
  };
  if (node.IsString() && node.text.starts_with("arn:")) {
    return wrong(" is an ARN: " + Describe(node) + ". Declare what it names under accounts and write " + Example(kind) +
                 ".");
  }
  const auto parts = node.IsString() ? Split(node.text) : std::nullopt;
  if (!parts) return wrong(" is not a reference: " + Describe(node) + ". Write " + Example(kind) + ".");
  if (kind && parts->kind != *kind) {
    return wrong(" is not a " + std::string(NameOf(*kind)) + ": " + Describe(node) + ". Write " + Example(kind) + ".");
  }
  if (!parts->account.empty() && !draft.accounts.contains(parts->account)) {
    return wrong(NoAccount(parts->account, node, draft));
  }
  std::vector<Declared> found;
  if (const auto all = draft.resources.find(std::string(NameOf(parts->kind)) + "/" + parts->name);
      all != draft.resources.end()) {
    std::copy_if(all->second.begin(), all->second.end(), std::back_inserter(found), [&](const Declared& declared) {
      return parts->account.empty() || declared.account_name == parts->account;
    });
  }
  if (found.empty()) return wrong(NotDeclared(*parts, node, draft));
  if (found.size() > 1) return wrong(Ambiguous(found, node));
  return found[0].name;
}

std::optional<hub::ResourceName> ResolveTopics(const Node& node, const std::string& path, Draft& draft) {
  const auto parts = node.IsString() && !node.text.starts_with("arn:") ? Split(node.text) : std::nullopt;
  if (!parts || parts->kind != Kind::kTopic || !hub::IsPattern(parts->name)) {
    return Resolve(node, path, Kind::kTopic, draft);
  }
  const auto wrong = [&](const std::string& text) {
    draft.report.Mistake(node.place, path + text);
    return std::nullopt;
  };
  if (!IsResourceName(Kind::kTopicPattern, parts->name)) {
    return wrong(" is not a pattern of topic names: " + Describe(node) +
                 ". Use letters, digits, hyphens, underscores and * for any run of them, 1 to 256.");
  }
  if (parts->account.empty() && draft.accounts.size() != 1) {
    return wrong(" does not say of which account: " + Describe(node) + ". Write topic/ACCOUNT/" + parts->name + ".");
  }
  const auto account = parts->account.empty() ? draft.accounts.begin() : draft.accounts.find(parts->account);
  if (account == draft.accounts.end()) return wrong(NoAccount(parts->account, node, draft));
  return hub::ResourceName{.account = draft.config->accounts[account->second].id,
                           .region = draft.config->region,
                           .kind = Kind::kTopicPattern,
                           .name = parts->name};
}

const hub::core::DeclaredAccount* ResolveAccount(const Node& node, const std::string& path, Draft& draft) {
  const auto found = node.IsString() ? draft.accounts.find(node.text) : draft.accounts.end();
  if (found != draft.accounts.end()) return &draft.config->accounts[found->second];
  const std::string hint = node.IsString() ? DidYouMean(node.text, AccountNames(draft)) : "";
  draft.report.Mistake(node.place, path + " names an account that is not declared: " + Describe(node) + "." +
                                       (hint.empty() ? " Declare it under accounts." : hint));
  return nullptr;
}

std::optional<std::string> ResolveUser(const Node& node, const std::string& path, Draft& draft) {
  if (node.IsString() && draft.users.contains(node.text)) {
    const std::size_t slash = node.text.find('/');
    const auto account = draft.accounts.find(node.text.substr(0, slash));
    return hub::UserArn(draft.config->accounts[account->second].id, node.text.substr(slash + 1));
  }
  std::vector<std::string> known;
  for (const std::string& user : draft.users) {
    if (known.size() < kSuggestedFromMax) known.push_back(user);
  }
  const std::string hint = node.IsString() ? DidYouMean(node.text, known) : "";
  draft.report.Mistake(node.place,
                       path + " names a user that is not declared: " + Describe(node) + "." +
                           (hint.empty() ? " Write ACCOUNT/USER, declared under the users of an account." : hint));
  return std::nullopt;
}

std::string ReferenceTo(const hub::ResourceName& name, const Draft& draft) {
  const std::string kind(NameOf(name.kind));
  const auto account = draft.account_names.find(name.account);
  return kind + "/" + (account == draft.account_names.end() ? name.account : account->second) + "/" + name.name;
}

}  // namespace adapters::yaml
