"""Extraction: fields and tables out of a document by a JSON Schema, each value with the words that it stands on."""
