hub_bench(policy_bench SOURCES policy_bench.cc DEPENDS hub_policy)
