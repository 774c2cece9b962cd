"""Tests of the house itself: its files, and what its documentation says."""
