# Routing through filters, and envelopes.
hub_bench(topics_bench SOURCES topics_bench.cc DEPENDS topics)
