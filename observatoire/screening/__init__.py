"""Words that may point at a person, found in short French texts. Pure."""
