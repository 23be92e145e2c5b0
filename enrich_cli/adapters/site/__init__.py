"""Reads companies' own websites: pages to facts, and the way to the pages."""
