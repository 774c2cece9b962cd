"""Files as passages: what a person reads in a document, in pieces small enough to cite."""
