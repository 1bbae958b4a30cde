// Access policies of the configuration: verbatim ones checked, short forms written out as IAM statements.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/yaml/report.h"
#include "hub/base/document.h"
#include "hub/base/names.h"
#include "hub/policy/policy.h"

namespace adapters::yaml {

// Null, with every mistake reported, when the document is not a policy. `label` names it in explanations.
std::shared_ptr<const hub::policy::Policy> CompilePolicy(const hub::Node& document, hub::policy::Role role,
                                                         const std::string& path, std::string label, Report& report);

// Reports what is wrong with a verbatim policy of a queue or a topic, also when it exceeds the quotas of SQS and SNS.
void CheckResourcePolicy(const hub::Node& document, const hub::ResourceName& resource, const std::string& path,
                         Report& report);

// What one statement of a short form says. Members that are absent from the form stay empty.
struct Allowance {
  hub::Node principal = {};  // Null in the policy of a user.
  std::vector<std::string> actions;
  std::vector<std::string> resources;
  std::string source_arn;  // The only topic that may deliver.
};

// {"Version":"2012-10-17","Statement":[...]}, every part of it standing at `place`.
hub::Node DocumentOf(const std::vector<Allowance>& allowances, const hub::Place& place);

// {"AWS": arn} or {"Service": host}
hub::Node PrincipalNode(std::string_view kind, std::string_view value);

}  // namespace adapters::yaml
