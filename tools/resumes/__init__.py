"""Résumés: from a file to text, from text to facts, from facts to what may be scored."""
