"""An index on disk: built, brought up to date, opened and verified."""
