"""Gaps filled in passes of trees, each column given all others."""
