# The store by itself: commits, scans, deletes, and a backlog.
hub_bench(rocksdb_bench SOURCES rocksdb_bench.cc DEPENDS adapters_rocksdb)
