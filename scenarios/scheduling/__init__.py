"""Scheduling: meetings in everyday words, series, rooms, changes, answers, reminders, and a week by priorities."""
