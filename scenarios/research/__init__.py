"""Research: a brief on a question, from pages that people allow."""
