"""Recruiting: rank résumés, book interviews, invite."""
