"""The registered rules, by topic."""
