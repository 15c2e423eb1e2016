"""The engine of EN 319 102-1, its registered rules, its policies. Pure: no clock, no file, no socket."""
