"""Benchmarks, each a module with a `main`; `python -m tests.bench` runs them all."""
