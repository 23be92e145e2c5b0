"""Tests of the sandbox, most of them over real HTTP on loopback."""
