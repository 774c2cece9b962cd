"""Buying for the house: its files, what is to be ordered, and the words of an order. Nothing here orders anything."""
