
SOURCE other.metal
ANALYZE
