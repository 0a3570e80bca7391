"""Benchmarks: ``python -m tests.bench`` runs all of them and prints one table."""
