// By which names, and from which addresses, a server is spoken to.
#include "adapters/wire/http/host.h"

#include <gtest/gtest.h>

#include "adapters/wire/http/private_address.h"

namespace adapters::wire::http {
namespace {

TEST(HostTest, NothingButAWholePortFollowsAName) {
  const struct {
    const char* why;
    std::string host;
    bool allowed;
  } cases[] = {
      {"no port", "localhost", true},
      {"a port", "localhost:80", true},
      {"the largest port", "localhost:65535", true},
      {"the port of an address", "[::1]:4566", true},
      {"no port of an address", "[::1]", true},
      {"an empty port", "localhost:", false},
      {"no port any more", "localhost:65536", false},
      {"six digits", "localhost:000080", false},
      {"a letter after digits", "localhost:99999x", false},
      {"a letter after a port", "localhost:80x", false},
      {"a sign", "localhost:-1", false},
      {"a space", "localhost: 80", false},
      {"two ports", "localhost:80:80", false},
      {"a name after a port", "localhost:80.evil.com", false},
      {"a name after an address", "[::1].evil.com", false},
      {"a name and a port after an address", "[::1].evil.com:80", false},
      {"digits after an address", "[::1]80", false},
      {"an address that does not end", "[::1", false},
      {"no address in brackets", "[localhost]", false},
      {"IPv4 in brackets", "[127.0.0.1]", false},
      {"nothing in brackets", "[]", false},
      {"a bracket at the end", "localhost]", false},
      {"a bracket in between", "a[b", false},
      {"IPv6 without brackets", "::1", false},
      {"a zero byte in an address", std::string("[::1\0.evil.com]", 15), false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(IsHostAllowed(c.host, {}), c.allowed);
  }
}

TEST(HostTest, WhatMayBeCalledAloneMayBeCalledWithServiceAndRegion) {
  const std::vector<std::string> further = {"hub.example", "queues"};
  const struct {
    const char* why;
    const char* host;
    bool allowed;
  } cases[] = {
      {"an address", "sqs.eu-west-1.127.0.0.1", true},
      {"an address with a port", "sns.eu-west-1.192.168.1.7:4566", true},
      {"IPv6", "sqs.eu-west-1.[::1]:4566", true},
      {"our own name", "sqs.eu-west-1.penstock", true},
      {"in capitals", "STS.US-GOV-WEST-1.Penstock:80", true},
      {"localhost", "sqs.eu-west-1.localhost", true},
      {"a name that is no domain's", "sqs.eu-west-1.hub-1:4566", true},
      {"a listed name", "sqs.eu-west-1.hub.example", true},
      {"a listed name without a dot", "sqs.eu-west-1.queues", true},
      {"somebody else's name", "sqs.eu-west-1.evil.com", false},
      {"an address that goes on", "sqs.eu-west-1.127.0.0.1.evil.com", false},
      {"a name after the port", "sqs.eu-west-1.penstock:80.evil.com", false},
      {"no host", "sqs.eu-west-1.", false},
      {"another service", "s3.eu-west-1.127.0.0.1", false},
      {"no region", "sqs.127.0.0.1", false},
      {"no region again", "sqs.west-1.penstock", false},
      {"a region that is none", "sqs.eu-west]-1.penstock", false},
      {"a region for a service", "eu-west-1.sqs.penstock", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(IsHostAllowed(c.host, further), c.allowed);
  }
}

// Alone, "com" is nobody's address; but eu-west-1.com can be bought.
TEST(HostTest, DomainThatMayBeBoughtIsNotARegionOfThisMachine) {
  for (const char* host : {"sqs.eu-west-1.com", "sns.a-b-c.dev:4566", "sqs.eu-west-1.xn--p1ai", "sqs.eu-west-1.com."}) {
    SCOPED_TRACE(host);
    EXPECT_FALSE(IsHostAllowed(host, {}));
  }
}

TEST(PrivateAddressTest, NetworksThatAreNotTheInternetsArePrivate) {
  const struct {
    const char* address;
    bool is_private;
  } cases[] = {
      {"127.0.0.1", true},
      {"127.255.255.255", true},
      {"126.255.255.255", false},
      {"128.0.0.0", false},
      {"10.0.0.1", true},
      {"10.255.255.255", true},
      {"11.0.0.0", false},
      {"172.15.255.255", false},
      {"172.16.0.0", true},
      {"172.31.255.255", true},
      {"172.32.0.0", false},
      {"192.168.0.1", true},
      {"192.167.255.255", false},
      {"192.169.0.0", false},
      {"100.63.255.255", false},
      {"100.64.0.0", true},
      {"100.127.255.255", true},
      {"100.128.0.0", false},
      {"169.254.169.254", true},
      {"169.253.255.255", false},
      {"0.0.0.0", false},
      {"8.8.8.8", false},
      {"198.18.0.1", false},
      {"224.0.0.1", false},
      {"255.255.255.255", false},
      {"::1", true},
      {"::", false},
      {"::2", false},
      {"fc00::", true},
      {"fdff:ffff::1", true},
      {"fbff::1", false},
      {"fe00::1", false},
      {"fe7f::1", false},
      {"fe80::1", true},
      {"fe80::1%eth0", true},
      {"febf::1", true},
      {"fec0::1", false},
      {"2001:db8::1", false},
      {"2606:4700::1111", false},
      {"::ffff:127.0.0.1", true},
      {"::ffff:10.1.2.3", true},
      {"::ffff:100.64.0.1", true},
      {"::ffff:169.254.1.1", true},
      {"::ffff:8.8.8.8", false},
      {"::10.0.0.1", false},  // Not a mapped one.
      {"64:ff9b::10.0.0.1", false},
      {"2002:a00:1::", false},
      {"", false},
      {"localhost", false},
      {"10.0.0", false},
      {"10.0.0.1:80", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.address);
    EXPECT_EQ(IsPrivateAddress(c.address), c.is_private);
  }
}

}  // namespace
}  // namespace adapters::wire::http
