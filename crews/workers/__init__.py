"""Processes that carry runs on: one hand for each run under way, and the pool that keeps the hands alive."""
