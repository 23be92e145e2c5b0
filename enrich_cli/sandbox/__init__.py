"""A local HTTP server with fictional providers and websites, for trying out and for tests."""
