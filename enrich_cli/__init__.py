"""Enrich tables of companies and people: each entity once, cheapest source first."""

__version__ = "0.1.0"
