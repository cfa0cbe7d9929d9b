"""Text as it is compared: normalised, parted into words and sentences, translated, and read in Latin letters."""
