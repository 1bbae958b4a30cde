// Whether a request may come by the name that it used, so that no web page leads its visitor's browser to the hub.
//
// A page on the web can make a browser send requests to this machine, under a name of its own that it lets point here.
// So only names that nobody else can let point here are answered: addresses, localhost and what is below it, names
// without a dot, and those that the configuration lists; and each of them behind sqs., sns. or sts. and a region, but
// for names without a dot that may be a domain of the internet's top level: sqs.eu-west-1.com may be anybody's. What a
// page may send to those is refused by the endpoints: it has an Origin, or a browser says by itself whence it comes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/wire/http/message.h"

namespace adapters::wire::http {

// The address of a listener as somebody on this machine reaches it: "http://0.0.0.0:4566" is "http://localhost:4566".
std::string Reachable(const std::string& address);

// `host` as the Host field has it, with or without a port; nothing else may follow the name.
bool IsHostAllowed(std::string_view host, const std::vector<std::string>& further);

// Whether a browser says that a page, or another site, has made it send the request. What a person opened in it by hand
// is not of a page.
bool IsOfPage(const Request& request);

}  // namespace adapters::wire::http
