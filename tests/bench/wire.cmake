hub_bench(wire_bench SOURCES wire_bench.cc DEPENDS adapters_wire_native)
