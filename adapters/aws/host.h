// Whether a request may come by the name that it used, so that no web page leads its visitor's browser to the hub.
//
// A page on the web can make a browser send requests to this machine, under a name of its own that it lets point here.
// So only names that nobody else can let point here are answered: addresses, localhost and what is below it, names
// without a dot, and those that the configuration lists. What a page may send to
// those is refused by the endpoint: it has an Origin, or is no POST and has no Authorization.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace adapters::aws {

// `host` as the Host field has it, with or without a port.
bool IsHostAllowed(std::string_view host, const std::vector<std::string>& further);

}  // namespace adapters::aws
