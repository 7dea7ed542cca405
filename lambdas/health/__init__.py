"""A dataset's health: what each of its files and days of requests showed, kept in one history."""
