"""Text processing: normalisation, lines, sentences, words and tokens, translation of words, romanised Chinese names."""
