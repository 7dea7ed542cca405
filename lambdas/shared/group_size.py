"""How many rows it takes to show figures of them."""

# Fewer rows say little (a share's interval is 40 points wide) and may point at persons.
FEWEST_ROWS = 20
