#include "hub/policy/statement.h"

#include <algorithm>

#include "hub/policy/text.h"

namespace hub::policy {

Match Statement::Covers(const Request& request, bool& looked_at_time) const {
  const bool names_action =
      std::any_of(actions.begin(), actions.end(), [&](const ActionPattern& a) { return a.Matches(request); });
  if (names_action == not_action) return Match::kNo;
  const Match match = names_principals ? principals.Find(request.principal, effect) : Match::kDirect;
  if (match == Match::kNo) return Match::kNo;
  looked_at_time |= tells_time;
  const bool names_resource = std::any_of(resources.begin(), resources.end(), [&](const Pattern& resource) {
    return resource.Matches(request.resource, request);
  });
  if (names_resource == not_resource) return Match::kNo;
  const bool holds = std::all_of(conditions.begin(), conditions.end(), [&](const Condition& c) {
    return request.context.IsUnknown(c.key().name) ? effect == Effect::kDeny : c.Holds(request);
  });
  return holds ? match : Match::kNo;
}

std::string Statement::ToString() const {
  std::string text = "statement " + (sid.empty() ? std::to_string(index + 1) : Quoted(sid)) + " of " + *label;
  if (place.line > 0) {
    const std::string line = std::to_string(place.line);
    text += " (" + (place.file ? *place.file + ":" + line : "line " + line) + ")";
  }
  return text;
}

Result<Pattern> ParseResource(std::string_view text, bool variables) {
  const std::string no_resource = Quoted(text) + " is not a resource. ";
  const auto fail = [&](std::string_view remedy) {
    return Fail(Code::kInvalidArgument, no_resource + std::string(remedy));
  };
  if (text != "*") {
    std::vector<std::size_t> colons;
    for (std::size_t i = 0; i < text.size() && colons.size() < 5; ++i) {
      if (text[i] == ':') colons.push_back(i);
      if (variables && text.substr(i).starts_with("${")) {
        return fail("Variables may stand only after the fifth colon of an ARN.");
      }
    }
    if (!text.starts_with("arn:") || colons.size() < 2) {
      return fail("Write an ARN, such as \"arn:aws:sqs:*:111111111111:orders\", or \"*\".");
    }
    const std::size_t service_end = colons.size() > 2 ? colons[2] : text.size();
    const std::string_view service = text.substr(colons[1] + 1, service_end - colons[1] - 1);
    if (service.empty() || service.find_first_of("*?") != std::string_view::npos) {
      return fail("The service, its third part, must be written out, as in \"arn:aws:sqs:*\".");
    }
    const bool runs_on = text.back() == '*' || text.find("*:") != std::string_view::npos;
    if (colons.size() < 5 && !runs_on) {
      return fail("An ARN has six parts divided by colons; a * may stand for several, as in \"arn:aws:sqs:*\".");
    }
    if (colons.size() == 5 && colons[4] + 1 == text.size()) return fail("Its last part, the name, is missing.");
  }
  const auto wildcards = text == "*" ? Syntax::Wildcards::kAny : Syntax::Wildcards::kSegments;
  return Pattern::Parse(text, {.wildcards = wildcards, .variables = variables});
}

}  // namespace hub::policy
