"""Fields and tables taken from documents by a schema: found where code is sure, proved against the words of a line."""
