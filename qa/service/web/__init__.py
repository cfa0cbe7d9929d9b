"""What stands around every request: access checks, sizes and times, measurements; and that nothing goes out."""
