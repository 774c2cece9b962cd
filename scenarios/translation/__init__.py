"""Translation: a text into another language, with what must not change checked by code."""
