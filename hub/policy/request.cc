#include "hub/policy/request.h"

namespace hub::policy {
namespace {

using Kind = Principal::Kind;

Values NonEmpty(std::string_view text) { return text.empty() ? Values() : Values(text); }

// Segment `n` of an ARN, counted from 0.
std::string_view Segment(std::string_view arn, std::size_t n) {
  for (; n > 0; --n) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return "";
    arn.remove_prefix(colon + 1);
  }
  return arn.substr(0, arn.find(':'));
}

Values TypeOf(const Principal& principal) {
  switch (principal.kind) {
    case Kind::kAnonymous: return Values("Anonymous");
    case Kind::kUser: return Values("User");
    case Kind::kAccountRoot: return Values("Account");
    case Kind::kService: return {};
  }
  return {};
}

// The hub gives users no id beside their ARN, which is never given to another user while it stands.
Values UserIdOf(const Principal& principal) {
  switch (principal.kind) {
    case Kind::kAnonymous: return Values("anonymous");
    case Kind::kUser: return NonEmpty(principal.arn);
    case Kind::kAccountRoot: return NonEmpty(principal.account);
    case Kind::kService: return {};
  }
  return {};
}

}  // namespace

Values ValuesOf(const Request& request, const Key& key) {
  const Principal& principal = request.principal;
  const bool is_service = principal.kind == Kind::kService;
  switch (key.source) {
    case Key::Source::kContext: return request.context.Find(key.name);
    case Key::Source::kPrincipalAccount: return NonEmpty(principal.account);
    case Key::Source::kPrincipalArn: return NonEmpty(principal.arn);
    case Key::Source::kPrincipalIsAwsService: return Values(is_service ? "true" : "false");
    case Key::Source::kPrincipalServiceName:
    case Key::Source::kPrincipalServiceNamesList: return is_service ? NonEmpty(principal.service) : Values();
    case Key::Source::kPrincipalType: return TypeOf(principal);
    case Key::Source::kRequestedRegion: return NonEmpty(Segment(request.resource, 3));
    case Key::Source::kResourceAccount: return NonEmpty(request.resource_account);
    case Key::Source::kUserId: return UserIdOf(principal);
    case Key::Source::kUserName: return principal.kind == Kind::kUser ? NonEmpty(principal.name) : Values();
    case Key::Source::kViaAwsService: return Values("false");
  }
  return {};
}

}  // namespace hub::policy
