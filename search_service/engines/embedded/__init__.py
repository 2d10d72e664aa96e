"""The engine on tantivy: shards of one machine's disk, searched in worker processes."""
